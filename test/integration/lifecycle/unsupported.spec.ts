import 'reflect-metadata';
import {
  Controller,
  Global,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type Provider,
  Scope,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import { APP_PIPE, LazyModuleLoader, ModulesContainer, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PluginHost, PluginHostModule, type PluginOptions } from '../../../src/index.js';
import type { PluginUnsupportedError } from '../../../src/explorers/explorers.errors.js';
import type { ForeignDecorator, PluginExplorer } from '../../../src/explorers/plugin-explorer.port.js';
import { PluginExplorers } from '../../../src/explorers/plugin-explorers.js';
import { settle } from '../../support/fake-clock.js';
import { type Hooks, plugin } from '../../support/hooked-plugin.js';
import { type HostApp, hostApp } from '../../support/host-app.js';

class Audit {
  use(): void {
    told.push('used');
  }
}

@Module({})
class MiddlewareModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Audit).exclude('public').forRoutes('*path');
  }
}

/** A class with a metadata key of a package that is not installed, on itself or on its method `work`. */
function marked(
  key: string,
  options: { readonly on: 'class' | 'method'; readonly value?: unknown } = { on: 'class' },
): Type<object> {
  @Injectable()
  class Marked {
    work(): void {
      told.push('worked');
    }
  }
  const value = options.value ?? true;
  SetMetadata(key, value)(options.on === 'class' ? Marked : Marked.prototype.work);
  return Marked;
}

const method = (key: string, value: unknown = {}): Type<object> => marked(key, { on: 'method', value });

const told: string[] = [];
const thrown: PluginUnsupportedError[] = [];
const { check } = PluginExplorers.prototype;

beforeEach(() => {
  told.length = 0;
  thrown.length = 0;
  PluginExplorers.prototype.check = async function (...args) {
    try {
      await check.apply(this, args);
    } catch (error) {
      thrown.push(error as PluginUnsupportedError);
      throw error;
    }
  };
});

afterEach(() => {
  PluginExplorers.prototype.check = check;
});

const hooks: Hooks = {
  onModuleInit: () => told.push('init'),
  onApplicationBootstrap: () => told.push('bootstrap'),
  onModuleDestroy: () => told.push('destroy'),
};

const culprit = (options: Partial<PluginOptions>): Type<object> => plugin('culprit', hooks, options);
const globalPlugin = (): Type<object> => {
  const type = culprit({});
  Global()(type);
  return type;
};
const providing = (...providers: Provider[]): Type<object> => culprit({ providers });

const found = (): string[] => thrown.flatMap(({ finds }) => finds.map(({ what, where }) => `${what} (${where})`));

const leftOfScanner = ({ app }: HostApp): unknown[] => {
  const loader = app.get(LazyModuleLoader) as unknown as {
    dependenciesScanner: { applicationProvidersApplyMap: unknown[] };
  };
  return loader.dependenciesScanner.applicationProvidersApplyMap;
};

describe('what has no effect in a plugin', () => {
  it.each<[title: string, culprit: Type<object>, found: string, alternative: string]>([
    [
      'middleware',
      culprit({ imports: [MiddlewareModule] }),
      'configure() (MiddlewareModule)',
      'a guard or an interceptor',
    ],
    ['a plugin that is global itself', globalPlugin(), '@Global() (PluginClass)', 'leave out @Global()'],
    ['a gateway', providing(marked('websockets:is_gateway')), '@WebSocketGateway (Marked)', '@Sse'],
    [
      'a message handler',
      providing(method('microservices:pattern', ['sum'])),
      '@MessagePattern (Marked.work)',
      '@OnEvent of panotti',
    ],
    [
      'a scheduled method',
      providing(method('SCHEDULE_CRON_OPTIONS')),
      '@Cron (Marked.work)',
      'add ScheduleExplorer to `explorers`',
    ],
    [
      'an interval',
      providing(method('SCHEDULE_INTERVAL_OPTIONS')),
      '@Interval (Marked.work)',
      'add ScheduleExplorer to `explorers`',
    ],
    [
      'a timeout',
      providing(method('SCHEDULE_TIMEOUT_OPTIONS')),
      '@Timeout (Marked.work)',
      'add ScheduleExplorer to `explorers`',
    ],
    [
      'a command handler',
      providing(marked('__commandHandler__')),
      '@CommandHandler (Marked)',
      'PluginExplorer that claims @CommandHandler',
    ],
    ['a query handler', providing(marked('__queryHandler__')), '@QueryHandler (Marked)', '@OnEvent of panotti'],
    ['an event handler', providing(marked('__eventsHandler__')), '@EventsHandler (Marked)', '@OnEvent of panotti'],
    [
      'a saga',
      providing(marked('__saga__', { on: 'class', value: ['work'] })),
      '@Saga (Marked.work)',
      '@OnEvent of panotti',
    ],
    [
      'a queue processor',
      providing(marked('bullmq:processor_metadata')),
      '@Processor (Marked)',
      'make the worker in onModuleInit',
    ],
    [
      'a worker listener',
      providing(method('bullmq:worker_events_metadata')),
      '@OnWorkerEvent (Marked.work)',
      'in onModuleInit',
    ],
    ['a bull processor', providing(method('bull:module_queue_process')), '@Process (Marked.work)', 'in onModuleInit'],
    ['a resolver', providing(marked('graphql:resolver_type')), '@Resolver (Marked)', 'a module of the application'],
  ])(
    'fails its plugin alone, before any hook, with the class and the alternative: %s',
    async (_title, offender, expected, alternative) => {
      {
        await using test = await hostApp([offender, plugin('other')]);

        expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
        expect(test.host.plugin('culprit').reason?.split('\n')[0]).toBe(
          `It uses what has no effect in a plugin: ${expected}.`,
        );
        expect(found()).toEqual([expected]);
        expect(thrown[0]).toMatchObject({ code: 'PLUGIN_UNSUPPORTED', plugin: 'culprit' });
        expect(thrown[0]?.message).toContain(`  - ${expected}: `);
        expect(thrown[0]?.message).toContain(alternative);
        expect(test.pluginModules()).toHaveLength(1);
        expect(leftOfScanner(test)).toEqual([]);
      }
      // What was built gets its destroy hooks, and nothing else was ever called.
      expect(told).toEqual(['destroy']);
    },
  );

  it('reports everything without effect at once, including sub-modules, controllers and parent classes', async () => {
    class Parent extends marked('websockets:is_gateway') {}
    class Child extends Parent {
      work(): void {}
    }
    Injectable()(Child);
    SetMetadata('microservices:pattern', ['sum'])(Child.prototype.work);
    SetMetadata('microservices:handler_type', 2)(Child.prototype.work);
    class Routes {
      daily(): void {}
    }
    Controller()(Routes);
    SetMetadata('SCHEDULE_CRON_OPTIONS', {})(Routes.prototype.daily);
    await using test = await hostApp([
      culprit({
        imports: [MiddlewareModule],
        providers: [Child, { provide: 'again', useClass: Child }],
        controllers: [Routes],
      }),
    ]);

    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(found().sort()).toEqual([
      '@Cron (Routes.daily)',
      '@EventPattern (Child.work)',
      '@WebSocketGateway (Child)',
      'configure() (MiddlewareModule)',
    ]);
  });

  it('finds what has no effect in values and in what factories make', async () => {
    const [Given, Made] = [method('SCHEDULE_CRON_OPTIONS'), method('SCHEDULE_INTERVAL_OPTIONS')];
    await using test = await hostApp([
      providing({ provide: 'given', useValue: new Given() }, { provide: 'made', useFactory: () => new Made() }),
    ]);

    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(found().sort()).toEqual(['@Cron (Marked.work)', '@Interval (Marked.work)']);
  });

  it('gives what has no effect as the reason when Nest cannot build the plugin because of it', async () => {
    @Injectable()
    class NeedsMore {
      constructor(@Inject('nowhere') readonly nowhere: string) {}
    }
    const Inner = class Inner {};
    Module({ providers: [NeedsMore, marked('websockets:is_gateway')] })(Inner);
    await using test = await hostApp([culprit({ imports: [MiddlewareModule, Inner] })]);

    expect(test.states()).toEqual({ culprit: 'failed' });
    // What the middleware module would apply is not asked: nothing of it is built.
    expect(found()).toEqual(['@WebSocketGateway (Marked)']);
    expect(String(thrown[0]?.cause)).toContain('NeedsMore');
  });

  it('fails only the plugin with what has no effect, not those that are loaded at the same time', async () => {
    const slow = { provide: 'slow', useFactory: settle };
    await using test = await hostApp([
      plugin('before'),
      culprit({ imports: [MiddlewareModule], providers: [slow] }),
      plugin('after', {}, { providers: [slow] }),
    ]);
    const modules = [...test.app.get(ModulesContainer).values()];

    expect(test.states()).toEqual({ before: 'ready', culprit: 'failed', after: 'ready' });
    expect(modules.filter(({ metatype }) => metatype === MiddlewareModule)).toEqual([]);
  });

  it.each<[title: string, configure: (consumer: MiddlewareConsumer) => unknown]>([
    ['applies nothing', () => undefined],
    ['applies something to no route', (consumer) => consumer.apply(Audit).exclude('public')],
    ['is no middleware at all', () => 'a setting'],
  ])('is not a configure() that %s', async (_title, configure) => {
    class Configured {}
    Module({})(Configured);
    Object.assign(Configured.prototype, { configure });
    await using test = await hostApp([culprit({ imports: [Configured] })]);

    expect(test.host.plugin('culprit')).toMatchObject({ state: 'ready', reason: undefined });
  });

  it.each<[title: string, configure: (consumer: MiddlewareConsumer) => unknown, names: string]>([
    [
      'several',
      (consumer) => consumer.apply(Audit, Audit).forRoutes('a').apply(Audit).forRoutes('b'),
      'Audit, Audit, Audit',
    ],
    ['a function', (consumer) => consumer.apply(() => undefined).forRoutes('a'), 'a function'],
    [
      'one after a wait',
      async (consumer) => {
        await settle();
        consumer.apply(Audit).forRoutes('a');
      },
      'Audit',
    ],
  ])('names the middleware that a configure() applies: %s', async (_title, configure, names) => {
    class Configured {}
    Module({})(Configured);
    Object.assign(Configured.prototype, { configure });
    await using test = await hostApp([culprit({ imports: [Configured] })]);

    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(thrown[0]?.message).toContain(`configure() (Configured): it applies ${names}, and Nest`);
  });

  it('fails its plugin with what a configure() throws', async () => {
    class Configured {
      configure(): void {
        throw new Error('no such route');
      }
    }
    Module({})(Configured);
    await using test = await hostApp([culprit({ imports: [Configured] }), plugin('other')]);

    expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
    expect(test.host.plugin('culprit').reason).toBe('no such route');
  });

  it('ignores what has no effect in a module of the application that a plugin imports', async () => {
    class AppWideModule extends MiddlewareModule {}
    Global()(AppWideModule);
    Module({ providers: [{ provide: APP_PIPE, useValue: { transform: (value: unknown) => value } }] })(AppWideModule);
    const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } };
    const hostModule = await PluginHostModule.forRoot({ host, plugins: [culprit({ imports: [AppWideModule] })] });
    class Root {}
    Module({ imports: [hostModule, AppWideModule] })(Root);
    const app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    const { state } = app.get(PluginHost).plugin('culprit');
    await app.close();

    expect(state).toBe('ready');
  });
});

describe('what an explorer claims', () => {
  const explorer = (claimed: string, explore: PluginExplorer['explore']): PluginExplorer => ({
    name: 'TestExplorer',
    claims: ({ name }: ForeignDecorator) => name === claimed,
    explore,
  });

  it('serves what an explorer claims while the plugin runs', async () => {
    const Marked = marked('websockets:is_gateway');
    const gateways = explorer('@WebSocketGateway', ({ plugin: name, instance, signal }) => {
      if (!(instance instanceof Marked)) return undefined;
      told.push(`serves ${name}`);
      return { [Symbol.dispose]: () => told.push(`ends ${name} ${signal.aborted}`) };
    });
    {
      await using test = await hostApp([providing(Marked)], { explorers: [gateways] });
      expect(test.states()).toEqual({ culprit: 'ready' });
    }

    expect(told).toEqual(['init', 'serves culprit', 'bootstrap', 'ends culprit false', 'destroy']);
  });

  it('serves what an explorer claims by an explorer class that Nest builds', async () => {
    @Injectable()
    class Gateways implements PluginExplorer {
      readonly name = 'Gateways';

      constructor(readonly modules: ModulesContainer) {}

      claims = (): boolean => this.modules.size > 0;

      explore = (): undefined => undefined;
    }
    await using test = await hostApp([providing(marked('websockets:is_gateway'))], { explorers: [Gateways] });

    expect(test.states()).toEqual({ culprit: 'ready' });
  });

  it('keeps nothing else from being refused', async () => {
    const gateways = explorer('@WebSocketGateway', () => undefined);
    await using test = await hostApp([providing(marked('websockets:is_gateway'), marked('__commandHandler__'))], {
      explorers: [gateways],
    });

    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(found()).toEqual(['@CommandHandler (Marked)']);
  });

  it('refuses what an explorer claims if there is no instance to serve', async () => {
    const PerRequest = marked('websockets:is_gateway');
    Injectable({ scope: Scope.REQUEST })(PerRequest);
    await using test = await hostApp([providing(PerRequest)], {
      explorers: [explorer('@WebSocketGateway', () => undefined)],
    });

    expect(test.states()).toEqual({ culprit: 'failed' });
    expect(thrown[0]?.message).toContain('Marked is no singleton, so TestExplorer has no instance of it to call');
  });

  it('fails its plugin alone when the explorer throws, and what it made before is disposed', async () => {
    const [First, Second] = [marked('websockets:is_gateway'), marked('websockets:is_gateway')];
    const gateways = explorer('@WebSocketGateway', ({ instance }) => {
      if (instance instanceof Second) throw new Error('no port is left');
      return instance instanceof First ? { [Symbol.dispose]: () => told.push('first ended') } : undefined;
    });
    await using test = await hostApp([providing(First, Second), plugin('other')], { explorers: [gateways] });

    expect(test.states()).toEqual({ culprit: 'failed', other: 'ready' });
    expect(test.host.plugin('culprit').reason).toBe('no port is left');
    expect(told).toEqual(['init', 'first ended', 'destroy']);
    expect(test.pluginModules()).toHaveLength(1);
  });
});
