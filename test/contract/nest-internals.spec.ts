import { jest } from '@jest/globals';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  RequestMethod,
  Scope,
  UseGuards,
  type DynamicModule,
  type INestApplicationContext,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { callModuleBootstrapHook, callModuleInitHook } from '@nestjs/core/hooks/index.js';
import { settle } from '../support/fake-clock.js';
import type { HookCall } from '../../src/nest/nest-instances.js';
import { NestInternals, type NestModule } from '../../src/nest/nest-internals.js';
import { containedModule } from '../support/contained-module.js';

const told: string[] = [];

@Injectable()
class Service {
  onModuleInit(): void {
    told.push('service init');
  }

  onApplicationBootstrap(): void {
    told.push('service bootstrap');
  }

  onModuleDestroy(): void {
    told.push('service destroy');
  }
}

@Controller('things')
class Things {
  constructor(readonly service: Service) {}

  @Get(':id')
  show(): string {
    return 'a thing';
  }

  onModuleDestroy(): void {
    told.push('controller destroy');
  }
}

@Module({})
class Imported {}

@Module({})
class Feature {
  onModuleInit(): void {
    told.push('module init');
  }

  onModuleDestroy(): void {
    told.push('module destroy');
    throw new Error('the module does not want to go');
  }
}

const feature = (): DynamicModule => ({
  module: Feature,
  imports: [Imported],
  providers: [Service],
  controllers: [Things],
});

@Module({ providers: [NestInternals], exports: [NestInternals] })
class Host {
  constructor(internals: NestInternals) {
    internals.putLast(Host);
  }

  onModuleInit(): void {
    told.push('host init');
  }

  onModuleDestroy(): void {
    told.push('host destroy');
  }
}

@Module({})
class Neighbour {
  onModuleInit(): void {
    told.push('neighbour init');
  }

  onModuleDestroy(): void {
    told.push('neighbour destroy');
  }
}

@Module({ imports: [Host, Neighbour] })
class Root {}

let app: INestApplicationContext;
let internals: NestInternals;

beforeEach(async () => {
  app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  internals = app.get(NestInternals);
  told.length = 0;
});

afterEach(() => app.close());

describe('what is used of Nest beyond its public API', () => {
  it('gives a module the last place at init and the first at destroy', async () => {
    const order: string[] = [];
    const other = await NestFactory.createApplicationContext(Root, { logger: false });
    order.push(...told.splice(0));
    await other.close();

    expect(order).toEqual(['neighbour init', 'host init']);
    expect(told).toEqual(['host destroy', 'neighbour destroy']);
  });

  it('loads a module into the running container without calling a hook, and finds it there', async () => {
    const definition = feature();
    expect(await containedModule(app, definition)).toBeUndefined();

    await internals.load(definition);

    expect((await containedModule(app, definition))?.metatype).toBe(Feature);
    expect(told).toEqual([]);
  });

  it('loads side by side without a line in the log of Nest', async () => {
    const lines = jest.spyOn(Logger.prototype, 'log');
    await Promise.all([internals.load(feature()), internals.load(feature()), internals.load(feature())]);
    await internals.load(feature());

    expect(lines).not.toHaveBeenCalled();
    lines.mockRestore();
  });

  it('makes a module of its own for each definition of the same class', async () => {
    const [first, second] = [feature(), feature()];
    await Promise.all([internals.load(first), internals.load(second)]);

    expect(await containedModule(app, first)).not.toBe(await containedModule(app, second));
  });

  it('knows what a module imports', async () => {
    const definition = feature();
    await internals.load(definition);
    const module = await containedModule(app, definition);

    expect([...(module?.imports ?? [])].map(({ metatype }) => metatype)).toContain(Imported);
  });

  it('runs start hooks of providers before that of the module', async () => {
    const module = await loaded(feature());
    await internals.runStartHook(module, 'onModuleInit');
    await internals.runStartHook(module, 'onApplicationBootstrap');

    expect(told).toEqual(['service init', 'module init', 'service bootstrap']);
  });

  it.each([
    ['onModuleInit', callModuleInitHook],
    ['onApplicationBootstrap', callModuleBootstrapHook],
  ] as const)("runs %s on what Nest runs it on, in Nest's order", async (hook, natively) => {
    const run = async (start: (module: Loaded) => Promise<unknown>): Promise<string[]> => {
      const events: string[] = [];
      const module = await loaded(manyHooks(events));
      await start(module);
      return events;
    };
    const native = await run(natively);

    expect(await run((module) => internals.runStartHook(module, hook))).toEqual(native);
    // Else the comparison would hold for a module that says nothing.
    expect(native).toEqual(
      expect.arrayContaining([`${hook} of Pool ends`, `${hook} of PerUse ends`, `${hook} of Guard ends`]),
    );
    expect(native.join()).not.toContain('PerRequest');
    expect(native.slice(-2)).toEqual([`${hook} of Many begins`, `${hook} of Many ends`]);
  });

  it('runs no start hook on the class of a module that is made for each request, as Nest', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    @Module({})
    class NoSingleton {
      constructor(readonly request: PerRequest) {}

      onModuleInit(): void {
        told.push('init of no singleton');
      }
    }
    const module = await loaded({ module: NoSingleton, providers: [PerRequest] });
    await callModuleInitHook(module);
    await internals.runStartHook(module, 'onModuleInit');

    expect(told).toEqual([]);
  });

  it('rejects with the first error of a start hook, and runs none of what depends on it, as Nest', async () => {
    const results = [];
    for (const start of [callModuleInitHook, (module: Loaded) => internals.runStartHook(module, 'onModuleInit')]) {
      const events: string[] = [];
      const module = await loaded(manyHooks(events, 'Pool'));
      results.push([await start(module).catch((error: unknown) => error), events]);
    }

    expect(results[1]).toEqual(results[0]);
    expect(results[1]).toEqual([new Error('Pool'), expect.not.arrayContaining(['onModuleInit of Client begins'])]);
  });

  it('tells of each call of a hook whose it is', async () => {
    const names: string[] = [];
    const call: HookCall = async (name, run) => {
      names.push(name);
      await run();
    };
    const module = await loaded(manyHooks([]));
    await internals.runStartHook(module, 'onModuleInit', call);
    await internals.runDestroyHook(module, 'onModuleDestroy', call);

    expect(names.toSorted()).toEqual(
      [
        '"value"',
        'Client',
        'Guard',
        'Guarded',
        'Made',
        'Many',
        'Pool',
        'PerUse',
        'Settings',
        'Service',
        'Service',
      ].toSorted(),
    );
  });

  it('names the providers that are not built because of their own code, and not those that wait for them', async () => {
    const never = new Promise<never>(() => undefined);
    @Injectable()
    class Waiting {
      constructor(
        @Inject('slow') readonly slow: unknown,
        @Inject('promised') readonly promised: unknown,
        @Inject('quick') readonly quick: unknown,
      ) {}
    }
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const definition: DynamicModule = {
      module: Imported,
      controllers: [Things],
      providers: [
        Service,
        Waiting,
        { provide: 'quick', useFactory: () => 1 },
        { provide: 'slow', useFactory: () => slow },
        { provide: 'alias', useExisting: 'slow' },
        { provide: 'promised', useValue: never },
        { provide: 'nobody asks', useValue: never },
        { provide: Symbol('other'), useFactory: (waiting: Waiting) => [waiting, never], inject: [Waiting] },
      ],
    };
    void internals.load(definition);
    await settle();
    const module = await containedModule(app, definition);
    const pending = (): string[] => internals.pendingProviders(module ? [module] : []);
    expect(pending()).toEqual(['the factory of "slow" in Imported', 'the promise given for "promised" in Imported']);

    finish();
    await settle();
    expect(pending()).toEqual(['the promise given for "promised" in Imported']);
    expect(internals.pendingProviders([await loaded(feature())])).toEqual([]);
  });

  it('runs destroy hooks of dependents first, that of the module last, and returns what was thrown', async () => {
    const module = await loaded(feature());
    const thrown = await internals.runDestroyHook(module, 'onModuleDestroy');

    expect(told).toEqual(['controller destroy', 'service destroy', 'module destroy']);
    expect(thrown).toEqual([new Error('the module does not want to go')]);
  });

  it('runs destroy hooks on what exists of a module that could not be built, and on nothing else', async () => {
    @Injectable()
    class NeverBuilt {
      constructor(@Inject('broken') readonly broken: unknown) {}

      onModuleDestroy(): void {
        told.push('never built destroy');
      }
    }
    const broken = {
      provide: 'broken',
      // Later than the others ask for it: a provider that fails at once is taken by Nest for one that is null.
      useFactory: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        throw new Error('cannot be built');
      },
    };
    let module: NestModule | undefined;
    const definition: DynamicModule = {
      module: Imported,
      providers: [
        Service,
        broken,
        NeverBuilt,
        { provide: 'probe', useFactory: async () => (module = await containedModule(app, definition)) },
      ],
    };

    await expect(internals.load(definition)).rejects.toThrow('cannot be built');
    expect(await containedModule(app, definition)).toBeUndefined();
    expect(module && (await internals.runDestroyHook(module, 'onModuleDestroy'))).toEqual([]);
    expect(told).toEqual(['service destroy']);
  });

  it('removes a module, so that its definition is unknown afterwards', async () => {
    const definition = feature();
    const count = internals.allModules().length;
    internals.remove([await loaded(definition)]);

    expect(await containedModule(app, definition)).toBeUndefined();
    expect(internals.allModules().filter(({ metatype }) => metatype === Feature)).toEqual([]);
    // What it imported is a module of its own and is removed by whoever owns it.
    expect(internals.allModules()).toHaveLength(count + 1);
  });

  it('lists the classes of a module with their instances, without values and aliases, and says what is no singleton', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    class Made {}
    const definition: DynamicModule = {
      module: Imported,
      providers: [
        Service,
        PerRequest,
        { provide: 'value', useValue: { plain: true } },
        { provide: 'alias', useExisting: Service },
        { provide: 'made', useFactory: () => new Made() },
      ],
    };
    const classes = internals.classesOf(await loaded(definition));

    expect(
      classes.map(({ type, instance }) => [type.name, instance === undefined ? 'none' : instance.constructor.name]),
    ).toEqual([
      ['Imported', 'Imported'],
      ['Service', 'Service'],
      ['PerRequest', 'none'],
      ['Made', 'Made'],
    ]);
  });

  it('resolves routes below a prefix without registering them', async () => {
    const routes = internals.resolveRoutes(await loaded(feature()), '/api/feature');

    expect(routes.map(({ method, path }) => [RequestMethod[method], path])).toEqual([
      ['GET', '/api/feature/things/:id'],
    ]);
    expect(routes[0]?.handler).toBeInstanceOf(Function);
  });

  it('keeps paths out of the global prefix, beside those that the application keeps out itself', async () => {
    @Controller()
    class Paths {
      @Get(['kept', 'things/:id', 'own', 'moved'])
      show(): string {
        return 'shown';
      }
    }
    @Module({ imports: [Host], controllers: [Paths] })
    class Prefixed {}
    const other = await NestFactory.create<NestFastifyApplication>(Prefixed, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    other.setGlobalPrefix('gp', { exclude: ['own'] });
    other.get(NestInternals).keepOutOfGlobalPrefix(['/kept', '/things/:id']);
    await other.init();
    try {
      const paths = ['/kept', '/things/7', '/own', '/gp/moved', '/moved'];
      const answers = await Promise.all(paths.map(async (url) => (await other.inject(url)).statusCode));
      expect(answers).toEqual([200, 200, 200, 200, 404]);
    } finally {
      await other.close();
    }
  });

  it('keeps no prototype of a loaded class in the scanner', async () => {
    await loaded(feature());
    const { loader } = internals as unknown as {
      loader: { dependenciesScanner: { metadataScanner: { cachedScannedPrototypes: unknown } } };
    };

    expect(loader.dependenciesScanner.metadataScanner.cachedScannedPrototypes).toBeInstanceOf(WeakMap);
  });
});

type Loaded = NonNullable<NestModule | undefined>;

/** A module with hooks at every place that Nest looks for them; `culprit` throws. */
function manyHooks(events: string[], culprit?: string): DynamicModule {
  let turns = 8;
  const hook = (name: 'onModuleInit' | 'onApplicationBootstrap') =>
    async function (this: object): Promise<void> {
      const who = `${name} of ${this.constructor.name}`;
      events.push(`${who} begins`);
      // Fewer and fewer turns, so that those of one level end in another order than they begin.
      for (let turn = turns--; turn > 0; turn--) await Promise.resolve();
      if (this.constructor.name === culprit) throw new Error(culprit);
      events.push(`${who} ends`);
    };
  class Hooked {
    readonly onModuleInit = hook('onModuleInit');
    readonly onApplicationBootstrap = hook('onApplicationBootstrap');
  }
  @Injectable()
  class Pool extends Hooked {}
  @Injectable()
  class Settings extends Hooked {}
  @Injectable({ scope: Scope.TRANSIENT })
  class PerUse extends Hooked {}
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest extends Hooked {}
  @Injectable()
  class Client extends Hooked {
    constructor(
      readonly pool: Pool,
      readonly perUse: PerUse,
    ) {
      super();
    }
  }
  @Injectable()
  class Guard extends Hooked {
    constructor(readonly client: Client) {
      super();
    }

    canActivate(): boolean {
      return true;
    }
  }
  @Controller()
  @UseGuards(Guard)
  class Guarded extends Hooked {
    constructor(readonly client: Client) {
      super();
    }
  }
  class Made extends Hooked {}
  @Module({})
  class Many extends Hooked {
    constructor(readonly pool: Pool) {
      super();
    }
  }
  return {
    module: Many,
    controllers: [Guarded],
    providers: [
      Client,
      PerUse,
      PerRequest,
      { provide: 'alias', useExisting: Pool },
      {
        provide: 'value',
        useValue: { onModuleInit: hook('onModuleInit'), onApplicationBootstrap: hook('onApplicationBootstrap') },
      },
      { provide: 'made', useFactory: async () => new Made(), inject: [Settings] },
      { provide: 'nothing', useValue: undefined },
      Service,
      Pool,
      Settings,
    ],
  };
}

async function loaded(definition: DynamicModule): Promise<Loaded> {
  await internals.load(definition);
  const module = await containedModule(app, definition);
  if (!module) throw new Error('the module was not loaded');
  return module;
}
