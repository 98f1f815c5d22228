import { type DynamicModule, Global, Injectable, Module, type Provider } from '@nestjs/common';
import { APP_GUARD, LazyModuleLoader, ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestInternals, type NestModule } from '../../src/nest/nest-internals.js';
import { containedModule } from '../support/contained-module.js';
import { runInContext } from '../../src/telemetry/index.js';

@Injectable()
class Enhancer {}

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
