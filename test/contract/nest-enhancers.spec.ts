import 'reflect-metadata';
import { Controller, type DynamicModule, Get, Injectable, Module, type Provider, Scope } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, ApplicationConfig, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GlobalEnhancers } from '../../src/nest/nest-enhancers.js';
import { NestInternals, type NestModule } from '../../src/nest/nest-internals.js';
import { containedModule } from '../support/contained-module.js';

@Injectable()
class Enhancer {
  canActivate = (): boolean => true;
  intercept = (): undefined => undefined;
  transform = (value: unknown): unknown => value;
  catch = (): undefined => undefined;
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest extends Enhancer {}

@Controller()
class Routes {
  @Get()
  show(): string {
    return 'shown';
  }
}

@Module({})
class Feature {}

@Module({
  providers: [NestInternals, { provide: APP_PIPE, useClass: PerRequest }, { provide: APP_GUARD, useClass: Enhancer }],
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

const feature = (...providers: Provider[]): DynamicModule => ({ module: Feature, providers, controllers: [Routes] });

async function loaded(definition: DynamicModule): Promise<NestModule> {
  await internals.load(definition);
  const module = await containedModule(app, definition);
  if (!module) throw new Error('the module was not loaded');
  return module;
}

const configFor = (...modules: NestModule[]): ApplicationConfig =>
  internals.enhancers.configFor(new Set(modules), { pipesOf: (both) => both.getGlobalPipes() });

const LISTS: Readonly<Record<string, readonly [once: keyof GlobalEnhancers, perRequest: keyof GlobalEnhancers]>> = {
  [APP_GUARD]: ['getGlobalGuards', 'getGlobalRequestGuards'],
  [APP_PIPE]: ['getGlobalPipes', 'getGlobalRequestPipes'],
  [APP_INTERCEPTOR]: ['getGlobalInterceptors', 'getGlobalRequestInterceptors'],
  [APP_FILTER]: ['getGlobalFilters', 'getGlobalRequestFilters'],
};

describe('what is used of the global enhancers of Nest', () => {
  it.each(Object.entries(LISTS))(
    'adds %s of a module to those of the application, for that module alone',
    async (provide, [once, perRequest]) => {
      const module = await loaded(feature({ provide, useClass: Enhancer }, { provide, useClass: PerRequest }));
      const application = app.get(ApplicationConfig);
      const before = [application[once]().length, application[perRequest]().length];
      const config = configFor(module);

      expect(config[once]().at(-1)).toBeInstanceOf(Enhancer);
      expect(config[perRequest]().at(-1)).toMatchObject({ metatype: PerRequest });
      expect([config[once]().length, config[perRequest]().length]).toEqual(before.map((count) => count + 1));
      expect([application[once]().length, application[perRequest]().length]).toEqual(before);
      expect(configFor(await loaded(feature()))[once]()).toHaveLength(application[once]().length);
    },
  );

  it('lists them in the order in which the modules were scanned', async () => {
    const [first, second] = [new Enhancer(), new Enhancer()];
    const inner = feature({ provide: APP_GUARD, useValue: second });
    const outer = { ...feature({ provide: APP_GUARD, useValue: first }), imports: [inner] };
    const modules = [await loaded(outer), await containedModule(app, inner)].flatMap((module) => module ?? []);

    expect(
      configFor(...modules.toReversed())
        .getGlobalGuards()
        .slice(-2),
    ).toEqual([first, second]);
  });

  it('keeps what the configuration of the application says of everything else', async () => {
    app.setGlobalPrefix('prefix');

    expect(configFor(await loaded(feature())).getGlobalPrefix()).toBe('prefix');
  });

  it('makes controllers for each request if an enhancer is made so, and binds each enhancer once', async () => {
    const module = await loaded(feature({ provide: APP_FILTER, useClass: PerRequest }));
    const [controller] = module.controllers.values();
    const isStaticBefore = controller?.isDependencyTreeStatic();
    internals.enhancers.bind(module, new Set([module]));
    internals.enhancers.bind(module, new Set([module]));

    expect([isStaticBefore, controller?.isDependencyTreeStatic()]).toEqual([true, false]);
    expect(controller?.getEnhancersMetadata()?.map(({ metatype, host }) => [metatype, host?.metatype])).toEqual([
      [PerRequest, Root],
      [PerRequest, Feature],
    ]);
  });
});
