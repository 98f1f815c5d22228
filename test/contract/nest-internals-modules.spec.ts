import { type DynamicModule, Global, Injectable, Module, type Provider, Scope } from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  LazyModuleLoader,
  ModulesContainer,
  NestFactory,
} from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestInternals, type NestModule } from '../../src/lifecycle/nest-internals.js';
import { containedModule } from '../support/contained-module.js';
import { runInContext } from '../../src/telemetry/index.js';

@Injectable()
class Enhancer {}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {}

@Module({})
class Feature {}

@Global()
@Module({})
class Everywhere {}

@Module({ providers: [NestInternals] })
class Root {}

let app: NestFastifyApplication;
let internals: NestInternals;

beforeEach(async () => {
  app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  internals = app.get(NestInternals);
});

afterEach(() => app.close());

const feature = (...providers: Provider[]): DynamicModule => ({ module: Feature, providers });

async function loaded(definition: DynamicModule): Promise<NestModule> {
  await internals.load(definition);
  const module = await containedModule(app, definition);
  if (!module) throw new Error('the module was not loaded');
  return module;
}

describe('what is used of the modules of Nest', () => {
  it.each<[string, Provider, object]>([
    ['a class', { provide: APP_GUARD, useClass: Enhancer }, { token: 'APP_GUARD', provider: 'Enhancer' }],
    ['a value', { provide: APP_PIPE, useValue: new Enhancer() }, { token: 'APP_PIPE', provider: 'Enhancer' }],
    [
      'an alias',
      { provide: APP_INTERCEPTOR, useExisting: Enhancer },
      { token: 'APP_INTERCEPTOR', provider: 'Enhancer' },
    ],
    [
      'a factory',
      { provide: APP_FILTER, useFactory: () => new Enhancer() },
      { token: 'APP_FILTER', provider: undefined },
    ],
    [
      'a class for each request',
      { provide: APP_GUARD, useClass: PerRequest },
      { token: 'APP_GUARD', provider: 'PerRequest' },
    ],
  ])('finds a global enhancer that is %s', async (_title, provider, expected) => {
    expect(internals.globalEnhancersOf(await loaded(feature(Enhancer, provider)))).toEqual([expected]);
  });

  it('finds no global enhancer among other providers', async () => {
    expect(
      internals.globalEnhancersOf(await loaded(feature(Enhancer, { provide: 'APP_GUARD of mine', useValue: 1 }))),
    ).toEqual([]);
  });

  it('forgets the global enhancers of modules that are removed, and of no others', async () => {
    const provider = { provide: APP_GUARD, useClass: Enhancer };
    const [gone, left] = [await loaded(feature(provider)), await loaded(feature(provider))];
    internals.remove([gone]);
    const { dependenciesScanner } = app.get(LazyModuleLoader) as unknown as {
      dependenciesScanner: { applicationProvidersApplyMap: { moduleKey: string }[] };
    };

    expect(dependenciesScanner.applicationProvidersApplyMap.map(({ moduleKey }) => moduleKey)).toEqual([left.token]);
  });

  it('lists the objects that are given as values among what can be explored, if they have a class', async () => {
    const given = new Enhancer();
    const values = [given, { plain: true }, 'text', null, Object.create(null) as object];
    const module = await loaded(feature(...values.map((useValue, index) => ({ provide: `value ${index}`, useValue }))));

    expect(internals.explorableOf(module).slice(1)).toEqual([{ type: Enhancer, instance: given }]);
    expect(internals.explorableOf(module)[0]?.type).toBe(Feature);
  });

  it('tells of each module that a load meets before anything of it is built, and whether or not it is there already', async () => {
    const met: string[] = [];
    const shared = feature({ provide: 'built', useFactory: () => met.push('built') });
    const importing = (name: string): DynamicModule => ({
      module: Feature,
      imports: [shared],
      providers: [{ provide: 'name', useValue: name }],
    });
    const meet = (who: string) => (module: NestModule) => void met.push(`${who}: ${module.name}`);
    await Promise.all([internals.load(importing('a'), meet('a')), internals.load(shared, meet('b'))]);
    await internals.load(importing('c'), meet('c'));

    expect(met.toSorted()).toEqual(['a: Feature', 'a: Feature', 'b: Feature', 'built', 'c: Feature', 'c: Feature']);
    expect(met.indexOf('built')).toBeGreaterThan(met.indexOf('b: Feature'));
  });

  it('says which modules are global', async () => {
    expect((await loaded({ module: Feature, global: true })).isGlobal).toBe(true);
    expect((await loaded({ module: Everywhere })).isGlobal).toBe(true);
    expect((await loaded(feature())).isGlobal).toBe(false);
  });

  it('imports a global module of a plugin nowhere, and one of the application everywhere', async () => {
    await runInContext({ plugin: 'reports' }, () => loaded({ module: Everywhere, providers: [Enhancer] }));
    await loaded({ module: Everywhere });
    const imports = [...(await loaded(feature())).imports].filter(({ metatype }) => metatype === Everywhere);

    expect(
      [...app.get(ModulesContainer).values()].filter(({ isGlobal, metatype }) => isGlobal && metatype === Everywhere),
    ).toHaveLength(2);
    expect(imports.map(({ providers }) => providers.has(Enhancer))).toEqual([false]);
  });
});
