import 'reflect-metadata';
import { type DynamicModule, Global, Inject, Injectable, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, ModuleRef, ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestInternals, type NestModule } from '../../src/nest/nest-internals.js';
import type { ModuleScope } from '../../src/nest/nest-module-scopes.js';
import { runInContext } from '../../src/telemetry/index.js';

const Marked = DiscoveryService.createDecorator();

@Injectable()
@Marked()
class Shared {}

@Module({ providers: [Shared], exports: [Shared] })
class SharedModule {}

@Global()
@Module({ providers: [{ provide: 'who', useValue: 'the plugin' }], exports: ['who'] })
class Everywhere {}

@Injectable()
class Asks {
  constructor(
    @Inject('who') readonly who: string,
    @Inject(ModuleRef) readonly moduleRef: ModuleRef,
  ) {}
}

@Module({ providers: [Asks], imports: [SharedModule] })
class Feature {}

@Module({ imports: [Everywhere, Feature] })
class PluginRoot {}

@Module({
  imports: [DiscoveryModule, SharedModule],
  providers: [NestInternals, { provide: 'who', useValue: 'the application' }, { provide: 'only here', useValue: 1 }],
})
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

const ofApplication = new Set<Type>([Root]);

async function opened(plugin: string, definition: Type | DynamicModule = PluginRoot): Promise<ModuleScope> {
  const scope = internals.scopes.open(plugin, (type) => !ofApplication.has(type));
  await runInContext({ plugin }, () => internals.load(definition));
  return scope;
}

const instancesOf = (type: Type): NestModule[] =>
  [...app.get(ModulesContainer).values()].filter(({ metatype }) => metatype === type);
const provided = (scope: ModuleScope, type: Type): unknown =>
  [...scope.modules].find(({ providers }) => providers.has(type))?.providers.get(type)?.instance;

describe('what is used of the modules of Nest, so that a plugin has some for itself', () => {
  it('the token of a module tells it apart: each scope gets instances of its own of one class', async () => {
    const scopes = [await opened('one'), await opened('two')];

    expect(instancesOf(SharedModule)).toHaveLength(3);
    expect(instancesOf(Feature).map(({ token }) => token.replace(/.*@/, ''))).toEqual(['one', 'two']);
    expect(new Set(scopes.map((scope) => provided(scope, Shared))).size).toBe(2);
  });

  it('a global module is bound to the modules of its scope, and to nothing that is loaded later', async () => {
    const scope = await opened('one');

    expect((provided(scope, Asks) as Asks).who).toBe('the plugin');
    expect([...scope.globals].map(({ metatype }) => metatype)).toEqual([Everywhere]);
    await expect(internals.load({ module: class Later {}, providers: [Asks] })).rejects.toThrow('dependencies');
  });

  it('a lookup of the application finds what the application has, also where a plugin provides it as well', async () => {
    await opened('one');

    expect(app.get('who', { strict: false })).toBe('the application');
  });

  it('a lookup of the plugin finds what the plugin has, and after that what the application has', async () => {
    const { moduleRef } = provided(await opened('one'), Asks) as Asks;

    expect([moduleRef.get('who', { strict: false }), moduleRef.get('only here', { strict: false })]).toEqual([
      'the plugin',
      1,
    ]);
  });

  it('the view of a scope is a container of its modules alone, for discovery as well', async () => {
    const [scope] = [await opened('one'), await opened('two')];
    const view = scope.visibleModules;
    const classes = [...view.values()].map(({ metatype }) => metatype);
    const found = new DiscoveryService(view).getProviders({ metadataKey: Marked.KEY });

    expect(classes).toEqual(expect.arrayContaining([PluginRoot, Feature, Everywhere, SharedModule]));
    expect([view.size, [...view.keys()].every((token) => token.endsWith('@one')), view.has('nowhere')]).toEqual([
      4,
      true,
      false,
    ]);
    expect(found.map(({ instance }) => instance as unknown)).toEqual([provided(scope, Shared)]);
    expect(app.get(DiscoveryService).getProviders({ metadataKey: Marked.KEY })).toHaveLength(3);
  });

  it('a scope that is closed takes nothing more', async () => {
    const scope = await opened('one');
    internals.scopes.close(scope);
    await runInContext({ plugin: 'one' }, () => internals.load({ module: class Late {} }));

    expect(scope.modules.size).toBe(4);
  });

  it('the module of a definition is found where no scope has one of its own', async () => {
    expect((await internals.scopes.moduleOf(SharedModule))?.metatype).toBe(SharedModule);
    expect(await internals.scopes.moduleOf(Everywhere)).toBeUndefined();
  });
});
