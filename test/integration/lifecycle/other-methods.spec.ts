import 'reflect-metadata';
import { All, Controller, Delete, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PluginHostModule } from '../../../src/index.js';
import { plugin } from '../../support/hooked-plugin.js';

@Controller()
class OfThePlugin {
  @Get('things/:id')
  show(): string {
    return 'shown';
  }

  @Post('things/:id')
  add(): string {
    return 'added';
  }

  @Delete('other')
  remove(): string {
    return 'removed';
  }

  @All('anything')
  any(): string {
    return 'any';
  }
}

@Controller('own')
class OfTheApplication {
  @Get()
  show(): string {
    return 'shown';
  }
}

describe('another method, in an application that embeds the host', () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const host = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent', watchdog: false } };
    const plugins = [plugin('shop', {}, { controllers: [OfThePlugin] }), plugin('empty')];
    class Application {}
    Module({ imports: [await PluginHostModule.forRoot({ host, plugins })], controllers: [OfTheApplication] })(
      Application,
    );
    app = await NestFactory.create<NestFastifyApplication>(Application, new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterAll(() => app.close());

  it.each<[request: string, status: number, allow: string[] | undefined]>([
    ['DELETE /api/shop/things/7', 405, ['GET', 'HEAD', 'POST']],
    ['PATCH /api/shop/things/7?a=b', 405, ['GET', 'HEAD', 'POST']],
    ['GET /api/shop/other', 405, ['DELETE']],
    ['GET /api/shop/anything', 200, undefined],
    ['PUT /api/shop/anything', 200, undefined],
    ['HEAD /api/shop/things/7', 200, undefined],
    ['DELETE /api/shop/nowhere', 404, undefined],
    ['DELETE /api/empty', 404, undefined],
    ['DELETE /api/no-plugin/things/7', 404, undefined],
    ['DELETE /own', 404, undefined],
    ['POST /own', 404, undefined],
    ['GET /own', 200, undefined],
    ['GET /nowhere', 404, undefined],
  ])(
    'is answered with Allow where a plugin has the path, and as Nest does elsewhere: %s',
    async (line, status, allow) => {
      const [method, url] = line.split(' ') as ['GET', string];
      const answer = await app.inject({ method, url });
      const allowed = answer.headers['allow'];

      expect([answer.statusCode, typeof allowed === 'string' ? allowed.split(', ').toSorted() : allowed]).toEqual([
        status,
        allow,
      ]);
      if (status === 404)
        expect(answer.json()).toMatchObject({
          statusCode: 404,
          error: 'Not Found',
          message: `Cannot ${method} ${url}`,
        });
      if (status === 405) expect(answer.json()).toMatchObject({ statusCode: 405, error: 'Method Not Allowed' });
    },
  );
});
