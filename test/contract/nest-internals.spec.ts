import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  RequestMethod,
  Scope,
  type DynamicModule,
  type INestApplicationContext,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestInternals } from '../../src/lifecycle/nest-internals.js';

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

const feature = (): DynamicModule => ({ module: Feature, imports: [Imported], providers: [Service], controllers: [Things] });

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
  app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), { logger: false, abortOnError: false });
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
    expect(await internals.find(definition)).toBeUndefined();

    await internals.load(definition);

    expect((await internals.find(definition))?.metatype).toBe(Feature);
    expect(told).toEqual([]);
  });

  it('makes a module of its own for each definition of the same class', async () => {
    const [first, second] = [feature(), feature()];
    await Promise.all([internals.load(first), internals.load(second)]);

    expect(await internals.find(first)).not.toBe(await internals.find(second));
  });

  it('knows what a module imports', async () => {
    const definition = feature();
    await internals.load(definition);
    const module = await internals.find(definition);

    expect([...(module?.imports ?? [])].map(({ metatype }) => metatype)).toContain(Imported);
  });

  it('runs start hooks of providers before that of the module', async () => {
    const module = await loaded(feature());
    await internals.runStartHook(module, 'onModuleInit');
    await internals.runStartHook(module, 'onApplicationBootstrap');

    expect(told).toEqual(['service init', 'module init', 'service bootstrap']);
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
    let module: Awaited<ReturnType<NestInternals['find']>>;
    const definition: DynamicModule = {
      module: Imported,
      providers: [Service, broken, NeverBuilt, { provide: 'probe', useFactory: async () => (module = await internals.find(definition)) }],
    };

    await expect(internals.load(definition)).rejects.toThrow('cannot be built');
    expect(await internals.find(definition)).toBeUndefined();
    expect(module && (await internals.runDestroyHook(module, 'onModuleDestroy'))).toEqual([]);
    expect(told).toEqual(['service destroy']);
  });

  it('removes a module, so that its definition is unknown afterwards', async () => {
    const definition = feature();
    const count = internals.allModules().length;
    internals.remove([await loaded(definition)]);

    expect(await internals.find(definition)).toBeUndefined();
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

    expect(classes.map(({ type, instance }) => [type.name, instance === undefined ? 'none' : instance.constructor.name])).toEqual([
      ['Imported', 'Imported'],
      ['Service', 'Service'],
      ['PerRequest', 'none'],
      ['Made', 'Made'],
    ]);
  });

  it('resolves routes below a prefix without registering them', async () => {
    const routes = internals.resolveRoutes(await loaded(feature()), '/api/feature');

    expect(routes.map(({ method, path }) => [RequestMethod[method], path])).toEqual([['GET', '/api/feature/things/:id']]);
    expect(routes[0]?.handler).toBeInstanceOf(Function);
  });

  it('keeps no prototype of a loaded class in the scanner', async () => {
    await loaded(feature());
    const { loader } = internals as unknown as {
      loader: { dependenciesScanner: { metadataScanner: { cachedScannedPrototypes: unknown } } };
    };

    expect(loader.dependenciesScanner.metadataScanner.cachedScannedPrototypes).toBeInstanceOf(WeakMap);
  });
});

async function loaded(definition: DynamicModule): Promise<NonNullable<Awaited<ReturnType<NestInternals['find']>>>> {
  await internals.load(definition);
  const module = await internals.find(definition);
  if (!module) throw new Error('the module was not loaded');
  return module;
}
