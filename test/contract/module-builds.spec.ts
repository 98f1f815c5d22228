import 'reflect-metadata';
import {
  Controller,
  type DynamicModule,
  forwardRef,
  Get,
  Inject,
  Injectable,
  Module,
  type Provider,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory, RouterModule } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { classTokensOf, ModuleBuilds, provideOwn, routesTakenFrom, takeRoutes } from '../../src/nest/module-builds.js';
import type { NestModule } from '../../src/nest/nest-internals.js';
import { containedModule } from '../support/contained-module.js';

@Injectable()
class Clock {
  readonly kind: string = 'of the module';
}

@Injectable()
class Later {}

@Injectable()
class Greeter {
  @Inject(forwardRef(() => Later)) readonly later: object | undefined;

  constructor(
    readonly clock: Clock,
    @Inject('a text') readonly text: string,
  ) {}
}

@Controller()
class Routes {
  @Get()
  show(): string {
    return 'shown';
  }
}

@Module({})
class Feature {}

@Module({ providers: [ModuleBuilds] })
class Root {}

let app: NestFastifyApplication;

beforeEach(async () => {
  app = await NestFactory.create<NestFastifyApplication>(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
});

afterEach(() => app.close());

const TEXT: Provider = { provide: 'a text', useValue: 'text' };

/** Loads the module, and runs `onScanned` with each module before it is built. */
async function load(definition: DynamicModule, onScanned: (module: NestModule) => void): Promise<NestModule> {
  using watching = new DisposableStack();
  watching.use(app.get(ModuleBuilds).watch(onScanned));
  await app.get(LazyModuleLoader).load(() => definition);
  const module = await containedModule(app, definition);
  if (!module) throw new Error('the module was not loaded');
  return module;
}

describe('what is used of the building of modules', () => {
  it('tells of each module of a load when all of them are scanned and nothing of them is built', async () => {
    const told: string[] = [];
    const inner: DynamicModule = {
      module: Feature,
      providers: [{ provide: 'inner', useFactory: () => told.push('built') }],
    };
    const outer: DynamicModule = { module: Feature, imports: [inner], providers: [{ provide: 'outer', useValue: 1 }] };
    await load(outer, (module) =>
      told.push(`met one with ${[...module.providers.keys()].filter((key) => typeof key === 'string').join()}`),
    );

    expect(told.filter((line) => line !== 'built').toSorted()).toEqual(['met one with inner', 'met one with outer']);
    expect(told.at(-1)).toBe('built');
  });

  it('tells nothing any more once it is no longer watched', async () => {
    const told: string[] = [];
    await load({ module: Feature, providers: [TEXT] }, () => told.push('first'));
    await app.get(LazyModuleLoader).load(() => ({ module: Feature, providers: [Clock] }));

    expect(told).toEqual(['first']);
  });

  it('knows the classes that a module provides and injects: in constructors, properties and factories', async () => {
    const providers = [
      Clock,
      Later,
      Greeter,
      TEXT,
      { provide: 'made', inject: [LazyModuleLoader, 'a text'], useFactory: () => 1 },
    ];
    const module = await load({ module: Feature, providers, controllers: [Routes] }, () => undefined);
    const { provided, all } = classTokensOf(module);

    expect([...provided]).toEqual(expect.arrayContaining([Clock, Later, Greeter]));
    expect(provided.has(LazyModuleLoader)).toBe(false);
    expect([...all]).toEqual(expect.arrayContaining([Clock, Later, Greeter, LazyModuleLoader]));
  });

  it('gives a module another provider in place of its own, before anything of it is built', async () => {
    const own = { kind: "of the plugin's own" };
    const module = await load({ module: Feature, providers: [Clock, Later, Greeter, TEXT] }, (scanned) => {
      if (scanned.providers.has(Clock)) provideOwn(scanned, Clock, { useFactory: () => own });
    });

    expect(module.getProviderByKey<Greeter>(Greeter).instance.clock).toBe(own);
  });

  it('takes the paths of RouterModule, so that they are recorded nowhere', async () => {
    const routes = [{ path: 'admin', module: Feature }];
    const router = RouterModule.register(routes);
    const before = Reflect.getMetadataKeys(Feature).length;
    const module = await load(router, takeRoutes);

    expect(routesTakenFrom(module)).toEqual(routes);
    expect(Reflect.getMetadataKeys(Feature)).toHaveLength(before);
    expect(routesTakenFrom(await load({ module: Feature, providers: [TEXT] }, takeRoutes))).toEqual([]);
  });
});
