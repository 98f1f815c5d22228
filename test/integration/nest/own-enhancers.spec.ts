import 'reflect-metadata';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type DynamicModule,
  Get,
  Injectable,
  Module,
  Param,
  type Provider,
  Scope,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, NestFactory, REQUEST } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { Plugin, PluginHost, PluginHostModule } from '../../../src/index.js';

/** What ran for a request, in order. */
const ran: string[] = [];

/** A class that is a guard, a pipe, an interceptor and a filter, and tells when it runs. */
function enhancer(name: string): Type<object> {
  @Catch()
  class Enhancer {
    /** Missing in one whose constructor has not run. */
    readonly name = name;

    canActivate(): boolean {
      ran.push(`guard ${this.name}`);
      return true;
    }

    intercept(_context: unknown, next: CallHandler): unknown {
      ran.push(`interceptor ${this.name}`);
      return next.handle();
    }

    transform(value: unknown): unknown {
      ran.push(`pipe ${this.name}`);
      return value;
    }

    catch(_error: unknown, host: ArgumentsHost): void {
      ran.push(`filter ${this.name}`);
      void host.switchToHttp().getResponse<FastifyReply>().code(418).send({ by: this.name });
    }
  }
  Injectable()(Enhancer);
  return Enhancer;
}

const TOKENS = [APP_GUARD, APP_INTERCEPTOR, APP_PIPE, APP_FILTER];

/** The same provider for each of the four tokens. */
const each = (provider: (token: string) => Provider): Provider[] => TOKENS.map(provider);

const Own = enhancer('own');
const PerRequest = enhancer('per request');
Injectable({ scope: Scope.REQUEST })(PerRequest);
const Transient = enhancer('transient');
Injectable({ scope: Scope.TRANSIENT })(Transient);
const NeedsRequest = enhancer('needs the request');
Injectable({ scope: Scope.REQUEST })(NeedsRequest);

function moduleWith(providers: Provider[], imports: (Type | DynamicModule)[] = [], controllers: Type[] = []): Type {
  class Feature {}
  Module({ imports, providers, controllers })(Feature);
  return Feature;
}

@Controller()
class Shop {
  @Get('things/:id')
  thing(@Param('id') id: string): string {
    ran.push('handler');
    return id;
  }

  @Get('fails')
  fails(): never {
    throw new Error('it fails');
  }
}

const Method = enhancer('of the method');
const Class = enhancer('of the class');

@Controller('decorated')
@UseGuards(Class)
@UseInterceptors(Class)
@UsePipes(Class)
@UseFilters(Class)
class Decorated {
  @Get('things/:id')
  @UseGuards(Method)
  @UseInterceptors(Method)
  @UsePipes(Method)
  thing(@Param('id') id: string): string {
    ran.push('handler');
    return id;
  }

  @Get('fails')
  fails(): never {
    throw new Error('it fails');
  }
}

interface Setup {
  readonly imports?: (Type | DynamicModule)[];
  readonly providers?: Provider[];
  readonly controllers?: Type[];
  /** Providers of the application itself. */
  readonly application?: Provider[];
  readonly prepare?: (app: NestFastifyApplication) => unknown;
}

async function started(imports: (Type | DynamicModule)[], prefix: string, { application = [], prepare }: Setup) {
  const app = await NestFactory.create<NestFastifyApplication>(moduleWith(application, imports), new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  app.setGlobalPrefix(prefix);
  await prepare?.(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** What runs for each path: in a plain application with these modules, and in a plugin that has them. */
async function runsOf(setup: Setup, paths: readonly string[]): Promise<{ native: object; hosted: object }> {
  const { imports = [], providers = [], controllers = [Shop] } = setup;
  class ShopPlugin {}
  Plugin({ name: 'shop', version: '1.0.0', imports, providers, controllers })(ShopPlugin);
  const host = await PluginHostModule.forRoot({
    plugins: [ShopPlugin],
    routeValidation: 'application',
    host: { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } },
  });
  const native = await started([moduleWith(providers, imports, controllers)], 'api/shop', setup);
  const hosted = await started([host], 'api', setup);
  try {
    expect(hosted.get(PluginHost).plugin('shop')).toMatchObject({ state: 'ready', reason: undefined });
    return { native: await runs(native, paths), hosted: await runs(hosted, paths) };
  } finally {
    await Promise.all([native.close(), hosted.close()]);
  }
}

async function runs(app: NestFastifyApplication, paths: readonly string[]): Promise<object> {
  const found: Record<string, unknown> = {};
  for (const path of paths) {
    ran.length = 0;
    const { statusCode, body } = await app.inject(`/api/shop/${path}`);
    found[path] = { statusCode, body, ran: [...ran] };
  }
  return found;
}

const THING = { statusCode: 200, body: '7' };
const runOf = (name: string): object => ({
  'things/7': { ...THING, ran: [`guard ${name}`, `interceptor ${name}`, `pipe ${name}`, 'handler'] },
  // A guard and an interceptor run before the handler fails.
  fails: { statusCode: 418, body: `{"by":"${name}"}`, ran: [`guard ${name}`, `interceptor ${name}`, `filter ${name}`] },
});

describe('a guard, an interceptor, a pipe and a filter for all routes', () => {
  it.each<[title: string, setup: Setup, name: string]>([
    ['own classes', { providers: each((provide) => ({ provide, useClass: Own })) }, 'own'],
    ['values', { providers: each((provide) => ({ provide, useValue: new Own() })) }, 'own'],
    ['aliases of providers', { providers: [Own, ...each((provide) => ({ provide, useExisting: Own }))] }, 'own'],
    [
      'factories that inject',
      { providers: [Own, ...each((provide) => ({ provide, inject: [Own], useFactory: (own: object) => own }))] },
      'own',
    ],
    ['classes for each request', { providers: each((provide) => ({ provide, useClass: PerRequest })) }, 'per request'],
    [
      'aliases of a class for each request',
      { providers: [PerRequest, ...each((provide) => ({ provide, useExisting: PerRequest }))] },
      'per request',
    ],
    [
      'factories for each request',
      {
        providers: each((provide) => ({
          provide,
          scope: Scope.REQUEST,
          inject: [REQUEST],
          useFactory: (request: unknown) => request && new NeedsRequest(),
        })),
      },
      'needs the request',
    ],
    ['transient classes', { providers: each((provide) => ({ provide, useClass: Transient })) }, 'transient'],
    [
      'those of a module that the plugin imports',
      { imports: [moduleWith(each((provide) => ({ provide, useClass: Own })))] },
      'own',
    ],
    [
      'those of a module two imports away, for each request',
      { imports: [moduleWith([], [moduleWith(each((provide) => ({ provide, useClass: PerRequest })))])] },
      'per request',
    ],
    [
      "those of a package's dynamic and global module",
      {
        imports: [
          {
            module: class Package {},
            global: true,
            providers: [Own, ...each((provide) => ({ provide, useExisting: Own }))],
            exports: [Own],
          },
        ],
      },
      'own',
    ],
    [
      'those of the plugin, for controllers of what it imports',
      {
        imports: [moduleWith([], [], [Shop])],
        controllers: [],
        providers: each((provide) => ({ provide, useClass: PerRequest })),
      },
      'per request',
    ],
  ])('run for the routes of a plugin as in an application: %s', async (_title, setup, name) => {
    const { native, hosted } = await runsOf(setup, ['things/7', 'fails']);

    expect(hosted).toEqual(runOf(name));
    expect(hosted).toEqual(native);
  });

  const named = (name: string): Provider[] => each((provide) => ({ provide, useClass: enhancer(name) }));
  const setup: Setup = {
    application: named('of the application'),
    controllers: [Decorated],
    providers: [...named('first of the plugin'), ...named('second of the plugin')],
    imports: [
      moduleWith(named('of its import'), [moduleWith(named('two imports away'))]),
      moduleWith(named('of its second import')),
    ],
  };
  const inOrder = [
    'first of the plugin',
    'second of the plugin',
    'of its import',
    'two imports away',
    'of its second import',
  ];

  it('run after those of the application, in the order of modules, and before those of controllers and methods', async () => {
    const { native, hosted } = await runsOf(setup, ['decorated/things/7', 'decorated/fails']);
    const of = (kind: string, ...last: string[]): string[] =>
      ['of the application', ...inOrder, 'of the class', ...last].map((name) => `${kind} ${name}`);

    expect(hosted).toEqual(native);
    expect(hosted).toEqual({
      'decorated/things/7': {
        ...THING,
        ran: [
          ...of('guard', 'of the method'),
          ...of('interceptor', 'of the method'),
          ...of('pipe', 'of the method'),
          'handler',
        ],
      },
      'decorated/fails': {
        statusCode: 418,
        body: '{"by":"of the class"}',
        ran: [...of('guard'), ...of('interceptor'), 'filter of the class'],
      },
    });
  });

  it('run after those that an application adds, which exist before any plugin', async () => {
    const Added = enhancer('added');
    const { hosted } = await runsOf({ ...setup, prepare: (app) => app.useGlobalGuards(new Added() as never) }, [
      'decorated/things/7',
    ]);
    const { ran: all } = (hosted as Record<string, { ran: string[] }>)['decorated/things/7'] ?? { ran: [] };

    expect(all.slice(0, 3)).toEqual(['guard of the application', 'guard added', 'guard first of the plugin']);
  });

  it.each(['things/7', 'fails'])(
    'run for plugins, made for each request, where the application has them so: %s',
    async (path) => {
      const { native, hosted } = await runsOf({ application: each((provide) => ({ provide, useClass: PerRequest })) }, [
        path,
      ]);

      expect(hosted).toEqual(native);
      expect(hosted).toEqual({ [path]: (runOf('per request') as Record<string, unknown>)[path] });
    },
  );
});
