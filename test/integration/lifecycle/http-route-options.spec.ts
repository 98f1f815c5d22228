/** What `@nestjs/platform-fastify` lets a route ask for, and versions that are not in the path: below a mount as in plain Nest. */
import {
  Body,
  Controller,
  Get,
  Headers,
  Options,
  Param,
  Post,
  Query,
  Req,
  Res,
  Search,
  All,
  type Type,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import {
  FastifyAdapter,
  type NestFastifyApplication,
  RouteConfig,
  RouteConstraints,
  RouteSchema,
} from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, FastifyServerOptions, RawServerDefault } from 'fastify';
import { AcceptsBody, Plugin, type PluginOptions } from '../../../src/index.js';
import { hostApp } from '../../support/host-app.js';
import { NativeAndHosted, type SideBySide } from '../../support/native-and-hosted.js';
import { waitFor } from '../../support/wait-for.js';

type VersioningSetup = Parameters<NestFastifyApplication['enableVersioning']>[0];

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

const amount = {
  type: 'object',
  required: ['n'],
  properties: { n: { type: 'integer', minimum: 1 }, tags: { type: 'array', default: [] } },
};
const shown = { type: 'object', properties: { name: { type: 'string' }, price: { type: 'number' } } };

@Controller()
class SchemaRoutes {
  @Post('body')
  @RouteSchema({ body: amount })
  body(@Body() body: object): object {
    return { body };
  }

  @Post('referring')
  @RouteSchema({ body: { $ref: 'amount#' } })
  referring(@Body() body: object): object {
    return { body };
  }

  @Post('by-type')
  @RouteSchema({ body: { content: { 'application/json': { schema: amount } } } })
  @AcceptsBody({ as: 'json' }, { as: 'text', types: ['text/plain'] })
  byType(@Body() body: object): object {
    return { body };
  }

  @Get('item/:id')
  @RouteSchema({
    params: { type: 'object', properties: { id: { type: 'integer' } } },
    querystring: { type: 'object', properties: { page: { type: 'integer', default: 1 } }, additionalProperties: false },
  })
  item(@Param() params: object, @Query() query: object): object {
    return { params, query };
  }

  @Get('query')
  // Nest's documentation names it; its type does not.
  @RouteSchema({
    query: { type: 'object', required: ['q'], properties: { q: { type: 'string', minLength: 2 } } },
  } as object)
  query(@Query() query: object): object {
    return { query };
  }

  @Get('headers')
  @RouteSchema({
    headers: { type: 'object', required: ['X-Count'], properties: { 'X-Count': { type: 'integer', maximum: 9 } } },
  })
  headers(@Headers('x-count') count: unknown): object {
    return { count };
  }

  @Get('shown/:status')
  @RouteSchema({
    response: { 200: shown, '2xx': { type: 'object', properties: { name: { type: 'string' } } }, default: shown },
  })
  shown(@Param('status') status: string, @Res({ passthrough: true }) reply: FastifyReply): object {
    reply.code(Number(status));
    return { name: 'bell', price: '7', secret: 'hidden' };
  }

  @Get('broken-answer')
  @RouteSchema({ response: { 200: { ...shown, required: ['price'] } } })
  brokenAnswer(): object {
    return { name: 'bell' };
  }

  @Get('text')
  @RouteSchema({ response: { 200: { type: 'string' } } })
  text(): string {
    return 'as it is';
  }

  @Get('shown-by-type')
  @RouteSchema({
    response: {
      200: { content: { 'application/json': { schema: shown }, 'application/vnd.shop+json': { schema: {} } } },
    },
  })
  shownByType(@Query('type') type: string, @Res({ passthrough: true }) reply: FastifyReply): object {
    reply.type(type);
    return { name: 'bell', secret: 'hidden' };
  }

  @Get('own-serializer')
  @RouteSchema({ response: { 200: shown } })
  ownSerializer(@Res({ passthrough: true }) reply: FastifyReply): object {
    reply.serializer((value) => `own ${JSON.stringify(value)}`);
    return { name: 'bell', secret: 'hidden' };
  }

  @Get('options')
  @RouteSchema({ response: { 200: { type: 'object', additionalProperties: true } } })
  @RouteConfig({ hello: 1 })
  options(@Req() { routeOptions: { url, config, schema } }: FastifyRequest): object {
    return { url, config, schema: JSON.stringify(schema) };
  }
}

const schemas: SideBySide = {
  controllers: [SchemaRoutes],
  // An option of the server, and a schema that it shares with its routes.
  server: { ajv: { customOptions: { allErrors: true } } },
  prepare: (app) =>
    app
      .getHttpAdapter()
      .getInstance()
      .addSchema({ $id: 'amount', ...amount }),
};

describe('a @RouteSchema in a plugin', () => {
  it('refuses, coerces and completes bodies, parameters, queries and headers as in a plain Nest application', async () => {
    await using pair = await NativeAndHosted.listening(schemas);

    expect(await pair.ask('/body', json({ n: '3' }))).toMatchObject({
      status: 201,
      body: '{"body":{"n":3,"tags":[]}}',
    });
    expect(await pair.ask('/body', json({ n: 0, tags: {} }))).toMatchObject({ status: 400 });
    expect((await pair.ask('/body', json({ n: 0 }))).body).toContain('body/n must be >= 1');
    expect(await pair.ask('/body', { method: 'POST' })).toMatchObject({ status: 400 });
    expect(await pair.ask('/referring', json({}))).toMatchObject({ status: 400 });
    expect(await pair.ask('/by-type', json({}))).toMatchObject({ status: 400 });
    expect(
      await pair.ask('/by-type', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }),
    ).toMatchObject({
      status: 201,
    });
    expect((await pair.ask('/item/7?other=1')).body).toBe('{"params":{"id":7},"query":{"page":1}}');
    expect(await pair.ask('/item/seven')).toMatchObject({ status: 400 });
    expect(await pair.ask('/query?q=1')).toMatchObject({ status: 400 });
    expect(await pair.ask('/query?q=12')).toMatchObject({ status: 200 });
    expect((await pair.ask('/headers', { headers: { 'X-Count': '7' } })).body).toBe('{"count":7}');
    expect(await pair.ask('/headers')).toMatchObject({ status: 400 });
    expect(await pair.ask('/headers', { headers: { 'X-Count': '70' } })).toMatchObject({ status: 400 });
    expect(await pair.ask('/query?q=1', { method: 'HEAD' })).toMatchObject({ status: 400 });
  });

  it('writes answers as in a plain Nest application, and leaves out what it does not name', async () => {
    await using pair = await NativeAndHosted.listening(schemas);

    expect((await pair.ask('/shown/200')).body).toBe('{"name":"bell","price":7}');
    expect((await pair.ask('/shown/202')).body).toBe('{"name":"bell"}');
    expect((await pair.ask('/shown/300')).body).toBe('{"name":"bell","price":7}');
    expect(await pair.ask('/broken-answer')).toMatchObject({ status: 500 });
    expect(await pair.ask('/text')).toMatchObject({ body: 'as it is' });
    expect((await pair.ask('/shown-by-type?type=application/json')).body).toBe('{"name":"bell"}');
    await pair.ask('/shown-by-type?type=application/vnd.shop%2Bjson');
    expect((await pair.ask('/own-serializer')).body).toBe('own {"name":"bell","secret":"hidden"}');
    expect((await pair.ask('/options')).body).toContain('\\"additionalProperties\\":true');
  });

  it('compiles a @RouteSchema with the validator and the serializer of the application, if it has brought them', async () => {
    const validator = ({ httpPart }: { httpPart?: string }) => {
      return (data: unknown) =>
        httpPart === 'body' ? { value: { was: data } } : { error: new Error(`no ${httpPart}`) };
    };
    await using pair = await NativeAndHosted.listening({
      ...schemas,
      prepare: (app) => {
        schemas.prepare?.(app);
        const fastify = app.getHttpAdapter().getInstance();
        fastify
          .setValidatorCompiler(validator)
          .setSerializerCompiler(() => (data) => JSON.stringify({ written: data }));
      },
    });

    expect((await pair.ask('/body', json({ n: 1 }))).body).toBe('{"body":{"was":{"n":1}}}');
    expect(await pair.ask('/query?q=12')).toMatchObject({
      status: 400,
      body: expect.stringContaining('no querystring'),
    });
    expect((await pair.ask('/shown/200')).body).toContain('"written"');
  });

  it('lets the validator of a @RouteSchema decide asynchronously', async () => {
    const validator = () => async (data: unknown) => {
      await Promise.resolve();
      if (JSON.stringify(data).includes('bad')) throw new Error('It is bad.');
      return data;
    };
    await using pair = await NativeAndHosted.listening({
      ...schemas,
      prepare: (app) => {
        schemas.prepare?.(app);
        // The type of Fastify asks for a promise that only its linter knows.
        app
          .getHttpAdapter()
          .getInstance()
          .setValidatorCompiler(validator as never);
      },
    });

    expect(await pair.ask('/body', json({ n: 'good' }))).toMatchObject({ status: 201 });
    expect(await pair.ask('/body', json({ n: 'bad' }))).toMatchObject({
      status: 400,
      body: expect.stringContaining('It is bad.'),
    });
    expect(await pair.ask('/item/7?q=bad')).toMatchObject({ status: 400 });
  });

  it.each<[string, object, RegExp]>([
    ['is no JSON Schema', { body: { type: 'nonsense' } }, /nonsense/],
    ['refers to what the server does not know', { body: { $ref: 'nobody#' } }, /nobody/],
    ['names the query twice', { query: {}, querystring: {} }, /both "query" and "querystring"/],
    ['answers with what is no status', { response: { fine: {} } }, /"fine", which is no status/],
    ['has content without a schema', { body: { content: { 'text/plain': {} } } }, /"text\/plain" has no "schema"/],
  ])('keeps only its own plugin from starting when it %s', async (_title, schema, problem) => {
    const broken = pluginWith('broken', (type) =>
      decorate(type, 'serve', RouteSchema(schema as Parameters<typeof RouteSchema>[0])),
    );
    await using test = await hostApp([broken, pluginWith('sound')]);
    // It was up before the server had its compilers.
    await waitFor(() => test.states()['broken'] === 'failed');

    expect(test.states()).toEqual({ broken: 'failed', sound: 'ready' });
    const { reason } = test.host.plugin('broken');
    expect(reason).toMatch(problem);
    expect(reason).toContain('The @RouteSchema of Routes.serve (GET /api/broken) in plugin "broken"');
    expect((await test.app.inject('/api/broken')).statusCode).toBe(503);
    expect((await test.app.inject('/api/sound')).statusCode).toBe(200);
    expect(await test.host.start('broken')).toMatchObject({ state: 'failed' });
  });

  it('compiles a @RouteSchema once, however often its plugin starts', async () => {
    let compiled = 0;
    const counted = pluginWith('counted', (type) => decorate(type, 'serve', RouteSchema({ querystring: {} })));
    await using test = await hostApp([counted]);
    await test.host.restart('counted');
    const again = pluginWith('again', (type) => decorate(type, 'serve', RouteSchema({ querystring: {} })));
    await using other = await hostApp([again], {}, (app) =>
      app
        .getHttpAdapter()
        .getInstance()
        .setValidatorCompiler(() => {
          compiled++;
          return () => true;
        }),
    );
    for (let restarts = 0; restarts < 3; restarts++) await other.host.restart('again');

    expect((await test.app.inject('/api/counted')).statusCode).toBe(200);
    expect(compiled).toBe(1);
  });
});

@Controller('tea')
class TeaRoutes {
  @Get()
  @RouteConstraints({ host: 'tea.example' })
  ofHost(): string {
    return 'tea';
  }

  @Get()
  @RouteConstraints({ host: /^(?:big|small)\.example$/ })
  ofPattern(): string {
    return 'pattern';
  }

  @Get()
  @RouteConstraints({ colour: 'green' })
  green(): string {
    return 'green';
  }

  @Get()
  any(): string {
    return 'any';
  }

  @Get('only')
  @RouteConstraints({ colour: 'green' })
  only(): string {
    return 'only green';
  }
}

const colour = {
  name: 'colour',
  storage: () => {
    const handlers = new Map<unknown, never>();
    return {
      get: (value: unknown) => handlers.get(value) ?? null,
      set: (value: unknown, handler: never) => void handlers.set(value, handler),
    };
  },
  deriveConstraint: (request: { headers: Record<string, unknown> }) => request.headers['colour'],
};

// `fetch` sends no other Host.
const forHost = (host: string) => ({ url: '/api/shop/tea', headers: { host } });

describe('@RouteConstraints in a plugin', () => {
  it('chooses between routes by host and by strategies of the server as in a plain Nest application', async () => {
    await using pair = await NativeAndHosted.listening({
      controllers: [TeaRoutes],
      server: { routerOptions: { constraints: { colour } } } as unknown as SideBySide['server'] & object,
    });

    expect((await pair.ask('/tea')).body).toBe('any');
    expect((await pair.ask('/tea', { headers: { colour: 'green' } })).body).toBe('green');
    expect((await pair.ask('/tea', { headers: { colour: 'red' } })).status).toBe(
      (await pair.native.inject({ url: '/api/shop/tea', headers: { colour: 'red' } })).statusCode,
    );
    expect((await pair.ask('/tea/only', { headers: { colour: 'green' } })).body).toBe('only green');
    expect((await pair.ask('/tea/only', { method: 'HEAD', headers: { colour: 'green' } })).status).toBe(200);
    expect((await pair.ask('/tea/only')).status).toBe(404);
    for (const host of ['tea.example', 'big.example', 'other.example']) {
      const [native, hosted] = [await pair.native.inject(forHost(host)), await pair.hosted.inject(forHost(host))];
      expect([hosted.statusCode, hosted.body]).toEqual([native.statusCode, native.body]);
    }
    expect((await pair.hosted.inject(forHost('big.example'))).body).toBe('pattern');
  });

  it.each<[string, object | undefined, string]>([
    ['the server does not have', undefined, 'has no strategy in the server'],
    [
      'is derived asynchronously',
      { deriveConstraint: (_request: object, _context: object, done: () => void) => done() },
      'is derived asynchronously',
    ],
    ['must match when derived', { mustMatchWhenDerived: true }, 'must match when derived'],
  ])('refuses a constraint that %s, and names the method and the alternative', async (_title, strategy, problem) => {
    const constrained = pluginWith('constrained', (type) =>
      decorate(type, 'serve', RouteConstraints({ colour: 'green' })),
    );
    const constraints = strategy && { colour: { ...colour, ...strategy } };
    const adapter = new FastifyAdapter<RawServerDefault>({
      routerOptions: { constraints },
    } as unknown as FastifyServerOptions);
    await using test = await hostApp([constrained, pluginWith('sound')], {}, undefined, adapter);

    expect(test.states()).toEqual({ constrained: 'failed', sound: 'ready' });
    const { reason } = test.host.plugin('constrained');
    expect(reason).toContain(`It cannot serve Routes.serve (GET /api/constrained): its constraint "colour" ${problem}`);
    expect(reason).toContain('Instead: ');
  });
});

@Controller({ path: 'books', version: ['1', '2'] })
class BooksRoutes {
  @Get()
  old(): string {
    return 'one or two';
  }

  @Get()
  @Version('3')
  latest(): string {
    return 'three';
  }

  @Get('any')
  @Version(VERSION_NEUTRAL)
  neutral(): string {
    return 'neutral';
  }

  @Get('either')
  @Version([VERSION_NEUTRAL, '1'])
  either(): string {
    return 'either';
  }
}

const KINDS: readonly (readonly [string, VersioningSetup, (version: string) => Record<string, string>])[] = [
  ['a header', { type: VersioningType.HEADER, header: 'X-Api' }, (version) => ({ 'x-api': version })],
  [
    'the media type',
    { type: VersioningType.MEDIA_TYPE, key: 'v=' },
    (version) => ({ accept: `application/json;v=${version}` }),
  ],
  [
    'a function of the application',
    {
      type: VersioningType.CUSTOM,
      extractor: (request) => [...((request as FastifyRequest).headers['wanted'] as string)].toReversed(),
    },
    (version) => ({ wanted: version }),
  ],
];

describe('versions of routes in a plugin', () => {
  it.each(KINDS)(
    'chooses the handler of a version by %s as a plain Nest application does',
    async (_title, versioning, headers) => {
      await using pair = await NativeAndHosted.listening({
        controllers: [BooksRoutes],
        prepare: (app) => app.enableVersioning(versioning),
      });
      const body = async (path: string, version: string) => (await pair.ask(path, { headers: headers(version) })).body;

      expect([await body('/books', '1'), await body('/books', '2'), await body('/books', '3')]).toEqual([
        'one or two',
        'one or two',
        'three',
      ]);
      expect((await pair.ask('/books', { headers: headers('9') })).status).toBe(404);
      expect([await body('/books/any', '1'), await body('/books/any', '9')]).toEqual(['neutral', 'neutral']);
      await pair.ask('/books/either', { headers: headers('1') });
      await pair.ask('/books/either', { headers: headers('9') });
      expect((await pair.ask('/books', { method: 'HEAD', headers: headers('3') })).status).toBe(200);
      // Without any version; the function throws then.
      await pair.ask('/books');
      await pair.ask('/books/any');
    },
  );

  it('shares the default version of the application with its plugins', async () => {
    @Controller('plain')
    class PlainRoutes {
      @Get()
      show(): string {
        return 'default';
      }
    }
    await using pair = await NativeAndHosted.listening({
      controllers: [PlainRoutes],
      prepare: (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'x-api', defaultVersion: '5' }),
    });

    expect((await pair.ask('/plain', { headers: { 'x-api': '5' } })).body).toBe('default');
    expect((await pair.ask('/plain')).status).toBe(404);
  });
});

@Controller()
class MethodRoutes {
  @Options('asked')
  asked(): string {
    return 'options';
  }

  @Get('asked')
  get(): string {
    return 'get';
  }

  @Search('found')
  found(@Body() body: object): object {
    return { body };
  }

  @All('all')
  all(@Req() { method }: FastifyRequest): string {
    return method;
  }
}

describe('methods of routes in a plugin', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'SEARCH', 'PROPFIND', 'LOCK'];

  it.each([false, true])('serves the same methods as a plain Nest application (with CORS: %s)', async (withCors) => {
    await using pair = await NativeAndHosted.listening({
      controllers: [MethodRoutes],
      prepare: (app) => withCors && app.enableCors(),
    });

    for (const method of methods) await pair.ask('/all', { method });
    for (const method of methods) await pair.ask('/asked', { method });
    for (const method of methods) await pair.ask('/none', { method });
    expect((await pair.ask('/all', { method: 'PROPFIND' })).body).toBe('PROPFIND');
    const found = await pair.ask('/found', { ...json({ q: 1 }), method: 'SEARCH' });
    expect(found).toMatchObject({ status: 200, body: '{"body":{"q":1}}' });
    const preflight = {
      method: 'OPTIONS',
      headers: { origin: 'http://other.example', 'access-control-request-method': 'GET' },
    };
    expect((await pair.ask('/asked', preflight)).status).toBe(withCors ? 204 : 200);
  });

  it('reach the handler of OPTIONS behind CORS that lets preflights through', async () => {
    await using pair = await NativeAndHosted.listening({
      controllers: [MethodRoutes],
      prepare: (app) => app.enableCors({ preflightContinue: true, strictPreflight: false }),
    });

    expect((await pair.ask('/asked', { method: 'OPTIONS' })).body).toBe('options');
    await pair.ask('/none', { method: 'OPTIONS' });
  });
});

/** A plugin with one route, GET at its root, after `change`. */
function pluginWith(name: string, change: (type: Type<object>) => void = () => undefined): Type<object> {
  class Routes {
    serve(): string {
      return 'served';
    }
  }
  decorate(Routes, 'serve', Get());
  change(Routes);
  Controller()(Routes);
  const PluginClass = class {};
  Plugin({ name, version: '1.0.0', controllers: [Routes] } satisfies PluginOptions)(PluginClass);
  return PluginClass;
}

function decorate(type: Type<object>, method: string, decorator: MethodDecorator): void {
  const prototype = type.prototype as object;
  decorator(prototype, method, Object.getOwnPropertyDescriptor(prototype, method) ?? {});
}
