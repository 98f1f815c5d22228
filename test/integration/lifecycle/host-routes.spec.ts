import { Controller, Get, Module, type Type, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder } from '@nestjs/swagger';
import { ApiDocument, PluginHostModule, type PluginHostOptions } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';

@Controller('health')
class OwnHealth {
  @Get()
  show(): string {
    return 'own health';
  }
}

@Controller('metrics')
class OwnMetrics {
  @Get()
  show(): string {
    return 'own metrics';
  }
}

type Prepare = (app: NestFastifyApplication) => unknown;

async function application(
  host: PluginHostOptions['host'],
  controllers: Type[] = [],
  prepare: Prepare = () => undefined,
) {
  class Root {}
  const options = {
    storage: { driver: 'memory' },
    ...host,
    telemetry: { logLevel: 'silent', watchdog: false, ...(host as { telemetry?: object } | undefined)?.telemetry },
  };
  Module({ imports: [await PluginHostModule.forRoot({ plugins: [plugin('sample')], host: options })], controllers })(
    Root,
  );
  const app = await NestFactory.create<NestFastifyApplication>(Root as Type, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  prepare(app);
  return app;
}

async function statuses(app: NestFastifyApplication, paths: readonly string[]): Promise<Record<string, number>> {
  const entries = paths.map(async (url) => [url, (await app.inject({ method: 'GET', url })).statusCode] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const HEALTH = ['', '/live', '/ready', '/startup', '/plugins/sample'];

describe('the routes of the host in an application', () => {
  it.each<[string, Prepare]>([
    ['nothing of the kind', () => undefined],
    [
      'versions in the path and a default version',
      (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    ],
    [
      'versions in a header and a default version',
      (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'x-v', defaultVersion: '1' }),
    ],
    ['a global prefix', (app) => app.setGlobalPrefix('gp')],
    ['a global prefix with exclusions of its own', (app) => app.setGlobalPrefix('gp', { exclude: ['own'] })],
    [
      'a global prefix and versions in the path',
      (app) => app.setGlobalPrefix('gp').enableVersioning({ type: VersioningType.URI, defaultVersion: ['1', '2'] }),
    ],
  ])('are where the options say, in one with %s', async (_title, prepare) => {
    const app = await application(
      { http: { routes: { health: '/internal/health', metrics: '/internal/metrics' } } },
      [],
      prepare,
    );
    try {
      await app.init();
      await app.getHttpAdapter().getInstance().ready();
      const expected = [...HEALTH.map((below) => `/internal/health${below}`), '/internal/metrics'];
      expect(await statuses(app, expected)).toEqual(Object.fromEntries(expected.map((path) => [path, 200])));
      expect(await statuses(app, ['/health', '/gp/internal/health', '/v1/internal/health', '/metrics'])).toEqual({
        '/health': 404,
        '/gp/internal/health': 404,
        '/v1/internal/health': 404,
        '/metrics': 404,
      });
      const document = app.get(ApiDocument).create(app, new DocumentBuilder().build());
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining(['/internal/health', '/internal/health/plugins/{name}']),
      );
    } finally {
      await app.close();
    }
  });

  it('leave the paths of the application alone once they are moved or left out', async () => {
    const app = await application({ http: { routes: { health: '/plugin-health' } }, telemetry: { metrics: false } }, [
      OwnHealth,
      OwnMetrics,
    ]);
    try {
      await app.init();
      await app.getHttpAdapter().getInstance().ready();
      expect((await app.inject('/health')).payload).toBe('own health');
      expect((await app.inject('/metrics')).payload).toBe('own metrics');
      expect((await app.inject('/plugin-health/live')).statusCode).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('leaves the health routes out if health is not to be served', async () => {
    const app = await application({ health: { endpoints: false } }, [OwnHealth]);
    try {
      await app.init();
      await app.getHttpAdapter().getInstance().ready();
      expect(await statuses(app, ['/health', '/health/live'])).toEqual({ '/health': 200, '/health/live': 404 });
    } finally {
      await app.close();
    }
  });

  it.each<[string, Type[], Prepare, RegExp]>([
    [
      'a controller for health',
      [OwnHealth],
      () => undefined,
      /GET \/health is served by the application.*http\.routes\.health/s,
    ],
    ['a controller for metrics', [OwnMetrics], () => undefined, /GET \/metrics is served.*http\.routes\.metrics/s],
    [
      'a route of Fastify that was there before',
      [],
      (app) =>
        void app
          .getHttpAdapter()
          .getInstance()
          .get('/health/live', () => 'own'),
      /GET \/health\/live is served.*http\.routes\.health/s,
    ],
  ])(
    'are refused with the option that moves them where the application has %s',
    async (_title, controllers, prepare, message) => {
      const app = await application({}, controllers, prepare);
      try {
        await expect(app.init()).rejects.toMatchObject({
          code: 'HOST_ROUTE_TAKEN',
          message: expect.stringMatching(message),
        });
      } finally {
        await app.close();
      }
    },
  );

  it.each([
    ['the same path', { health: '/status', metrics: '/status' }, 'GET /status'],
    ['a path below the other', { health: '/status', metrics: '/status/live' }, 'GET /status/live'],
  ])('are refused with both options where two of them are on %s', async (_title, routes, route) => {
    const app = await application({ http: { routes } });
    try {
      await expect(app.init()).rejects.toMatchObject({
        code: 'HOST_ROUTE_TAKEN',
        message: expect.stringMatching(
          new RegExp(`^${route} is served by the plugin host twice: http.routes.health and http.routes.metrics `),
        ),
      });
    } finally {
      await app.close();
    }
  });

  it.each(['health', '/', '/health/', '/a//b', '/a/:id', '/a b', '/*'])(
    'are refused at the path "%s"',
    async (path) => {
      await expect(application({ http: { routes: { health: path } } })).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
      });
    },
  );
});
