/** The same controllers below a plugin's mount and in a plain Nest application: whoever asks cannot tell them apart. */
import { Readable } from 'node:stream';
import {
  type ArgumentsHost,
  BadRequestException,
  Body,
  type CanActivate,
  type CallHandler,
  Catch,
  Controller,
  createParamDecorator,
  type ExceptionFilter,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Header,
  HttpCode,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  Scope,
  Sse,
  StreamableFile,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication, RouteConfig } from '@nestjs/platform-fastify';
import { IsInt } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { interval, map, type Observable, take } from 'rxjs';
import { Plugin, PluginHost, PluginHostModule } from '../../../src/index.js';

class Amount {
  @IsInt()
  n!: number;
}

const Who = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => `${context.getClass().name}.${context.getHandler().name}`,
);

@Catch(BadRequestException)
class Teapot implements ExceptionFilter {
  catch(error: BadRequestException, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().code(418).send({ teapot: error.getResponse() });
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequest {
  constructor(@Inject(REQUEST) readonly request: FastifyRequest) {}
}

@Injectable()
class Deny implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<FastifyRequest>().headers['deny'] !== '1';
  }
}

@Injectable()
class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => ({ wrapped: value })));
  }
}

@Controller('scoped')
class ScopedRoutes {
  constructor(private readonly scoped: OfRequest) {}

  @Get(':id')
  show(@Param('id') id: string): object {
    return { id, url: this.scoped.request.url, route: this.scoped.request.routeOptions.url };
  }
}

@Controller()
@UseFilters(Teapot)
@UseGuards(Deny)
class ShopRoutes {
  @Post('amount')
  @HttpCode(202)
  @Header('x-a', 'b')
  amount(@Body() amount: Amount): object {
    return { className: amount.constructor.name, n: amount.n };
  }

  @Get()
  root(): string {
    return 'root';
  }

  @Get('who')
  who(@Who() who: string, @Query('q') q: string, @Query() all: object): object {
    return { who, q, all };
  }

  @Get('id/:id')
  id(@Param('id', ParseIntPipe) id: number, @Param() params: object): object {
    return { id, params };
  }

  @Get('redirect')
  @Redirect('/elsewhere', 302)
  redirect(): void {}

  @Get('forbidden')
  forbidden(): never {
    throw new ForbiddenException('nope');
  }

  @Get('broken')
  broken(): never {
    throw new Error('a secret');
  }

  @Sse('sse')
  sse(): Observable<object> {
    return interval(5).pipe(
      take(3),
      map((i) => ({ data: { i } })),
    );
  }

  @Get('stream')
  stream(): StreamableFile {
    return new StreamableFile(Readable.from(['ab', 'cd']), { type: 'text/plain', disposition: 'attachment' });
  }

  @Get('config')
  @RouteConfig({ hello: 1 })
  config(@Req() { routeOptions }: FastifyRequest): object {
    return { config: routeOptions.config, url: routeOptions.url, method: routeOptions.method };
  }

  @Get('files/*')
  files(@Param('*') path: string): object {
    return { path };
  }

  @Get('wrapped')
  @UseInterceptors(Wrap)
  wrapped(): string {
    return 'inside';
  }

  @Get('raw')
  raw(@Res() reply: FastifyReply): void {
    void reply.code(203).header('x-raw', '1').send({ raw: true });
  }

  @Get('nothing')
  nothing(): void {}

  @Get('later')
  async later(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    reply.header('x-later', 'yes');
    return Promise.resolve({ later: true });
  }
}

@Controller({ path: 'versioned', version: '2' })
class VersionedRoutes {
  @Get()
  show(): string {
    return 'v2';
  }

  @Get(':id')
  one(@Param('id') id: string): object {
    return { id };
  }
}

const CONTROLLERS = [ScopedRoutes, ShopRoutes, VersionedRoutes];

@Plugin({ name: 'shop', version: '1.0.0', controllers: CONTROLLERS, providers: [OfRequest] })
class ShopPlugin {}

@Module({ controllers: CONTROLLERS, providers: [OfRequest] })
class ShopModule {}

function rootModule(imports: NonNullable<Parameters<typeof Module>[0]['imports']>): Type<object> {
  @Module({ imports })
  class Root {
    configure(consumer: MiddlewareConsumer): void {
      const stamp = (
        _request: unknown,
        response: { setHeader(name: string, value: string): void },
        next: () => void,
      ): void => {
        response.setHeader('x-middleware', 'of the module');
        next();
      };
      consumer.apply(stamp).forRoutes('{*path}');
    }
  }
  return Root;
}

type ServerSettings = NonNullable<ConstructorParameters<typeof FastifyAdapter>[0]>;

/** Whatever an application sets up for all its routes. */
async function listening(
  root: Type<object>,
  globalPrefix: string,
  server: ServerSettings = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(server), {
    logger: false,
    abortOnError: false,
  });
  app.setGlobalPrefix(globalPrefix);
  app.enableVersioning({ type: VersioningType.URI });
  app.useGlobalPipes(new ValidationPipe({ transform: true }));
  app.enableCors();
  app.use((request: { url: string }, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('x-application', request.url);
    next();
  });
  await app.listen(0, '127.0.0.1');
  return app;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

async function ask(app: NestFastifyApplication, path: string, options: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(`${await app.getUrl()}/api/shop${path}`, { redirect: 'manual', ...options });
  const headers = Object.fromEntries(answer.headers);
  // The first changes with time, the second is what the host adds to every answer of an application, its own routes included.
  delete headers['date'];
  delete headers['x-correlation-id'];
  return { status: answer.status, headers, body: await answer.text() };
}

const json = (body: string): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
const head = { method: 'HEAD' };
const preflight = {
  method: 'OPTIONS',
  headers: { origin: 'http://other.example', 'access-control-request-method': 'GET' },
};

/** Path, options, and what makes sure that the request reached what it was meant for. */
type Request = readonly [path: string, options: RequestInit | undefined, expected: Partial<Answer>];

const BEHAVIOURS: Readonly<Record<string, readonly Request[]>> = {
  'a validated body, with the status and the header that decorators name': [
    ['/amount', json('{"n":1}'), { status: 202, body: '{"className":"Amount","n":1}' }],
    ['/amount', json('{"n":"x"}'), { status: 418 }],
  ],
  'decorators of parameters, the query and pipes': [
    [
      '/who?q=1&r=%C3%A4&q=2',
      undefined,
      { status: 200, body: '{"who":"ShopRoutes.who","q":"1,2","all":{"q":["1","2"],"r":"ä"}}' },
    ],
    ['/id/7', undefined, { body: '{"id":7,"params":{"id":"7"}}' }],
    ['/id/%37', undefined, { body: '{"id":7,"params":{"id":"7"}}' }],
    ['/id/seven', undefined, { status: 418 }],
  ],
  redirects: [['/redirect', undefined, { status: 302 }]],
  'exceptions and filters': [
    ['/forbidden', undefined, { status: 403, body: '{"message":"nope","error":"Forbidden","statusCode":403}' }],
    ['/broken', undefined, { status: 500, body: '{"statusCode":500,"message":"Internal server error"}' }],
  ],
  'server-sent events': [
    [
      '/sse',
      undefined,
      { status: 200, body: '\nid: 1\ndata: {"i":0}\n\nid: 2\ndata: {"i":1}\n\nid: 3\ndata: {"i":2}\n\n' },
    ],
  ],
  'streamed files': [['/stream', undefined, { status: 200, body: 'abcd' }]],
  'the configuration of a route': [
    [
      '/config',
      undefined,
      {
        body: '{"config":{"hello":1,"url":"/api/shop/config","method":"GET"},"url":"/api/shop/config","method":"GET"}',
      },
    ],
  ],
  'wildcards in paths': [
    ['/files/a/b', undefined, { body: '{"path":"a/b"}' }],
    ['/files/', undefined, { status: 200 }],
  ],
  'versions in the path': [
    ['/v2/versioned', undefined, { status: 200, body: 'v2' }],
    ['/v2/versioned/7', undefined, { status: 200, body: '{"id":"7"}' }],
    ['/versioned', undefined, { status: 404 }],
    ['/v1/versioned', undefined, { status: 404 }],
  ],
  'paths that nothing serves': [
    [
      '/none?x=1',
      undefined,
      { status: 404, body: '{"message":"Cannot GET /api/shop/none?x=1","error":"Not Found","statusCode":404}' },
    ],
    ['/id/', undefined, { status: 404 }],
    ['/who/', undefined, { status: 404 }],
    ['/%zz', undefined, { status: 400 }],
  ],
  HEAD: [
    ['/who?q=1', head, { status: 200, body: '' }],
    ['/stream', head, { status: 200, body: '' }],
    ['/forbidden', head, { status: 403 }],
    ['/none', head, { status: 404 }],
  ],
  'OPTIONS with CORS': [
    ['/who', preflight, { status: 204 }],
    ['/none', preflight, { status: 204 }],
    ['/who', { headers: { origin: 'http://other.example' } }, { status: 200 }],
    ['/who', { method: 'OPTIONS' }, { status: 400 }],
  ],
  'guards and interceptors': [
    [
      '/who',
      { headers: { deny: '1' } },
      { status: 403, body: '{"message":"Forbidden resource","error":"Forbidden","statusCode":403}' },
    ],
    ['/wrapped', undefined, { body: '{"wrapped":"inside"}' }],
  ],
  'middleware of the application': [['', undefined, { status: 200, body: 'root' }]],
  'request-scoped providers': [
    ['/scoped/7?x=1', undefined, { body: '{"id":"7","url":"/api/shop/scoped/7?x=1","route":"/api/shop/scoped/:id"}' }],
  ],
  "the framework's own reply, empty answers and promises": [
    ['/raw', undefined, { status: 203, body: '{"raw":true}' }],
    ['/nothing', undefined, { status: 200, body: '' }],
    ['/later', undefined, { status: 200, body: '{"later":true}' }],
  ],
};

const silent = { storage: { driver: 'memory' }, telemetry: { logLevel: 'silent' } };

async function hostModule(): Promise<Type<object>> {
  return rootModule([await PluginHostModule.forRoot({ plugins: [ShopPlugin], host: silent })]);
}

async function expectSameAnswer(
  hosted: NestFastifyApplication,
  native: NestFastifyApplication,
  request: Request,
): Promise<void> {
  const [path, options, expected] = request;
  const what = `${options?.method ?? 'GET'} ${path}`;
  const answer = await ask(hosted, path, options);
  expect({ what, ...answer }).toEqual({ what, ...(await ask(native, path, options)) });
  expect(answer).toMatchObject(expected);
}

describe('a route of a plugin answers as the same controller in a plain Nest application', () => {
  let native: NestFastifyApplication;
  let hosted: NestFastifyApplication;

  beforeAll(async () => {
    native = await listening(rootModule([ShopModule]), 'api/shop');
    // The prefix of the application's routes and `http.prefix` of the plugins' are the same.
    hosted = await listening(await hostModule(), 'api');
    expect(hosted.get(PluginHost).plugin('shop')).toMatchObject({ state: 'ready', reason: undefined });
  });

  afterAll(() => Promise.all([native.close(), hosted.close()]));

  for (const [behaviour, requests] of Object.entries(BEHAVIOURS)) {
    it(`answers as a plain Nest application with ${behaviour}`, async () => {
      for (const request of requests) await expectSameAnswer(hosted, native, request);
    });
  }

  it('answers as a plain Nest application when the server reads paths in another way than by default', async () => {
    const routerOptions = { ignoreTrailingSlash: true, caseSensitive: false };
    const lenient = await Promise.all([
      listening(await hostModule(), 'api', { routerOptions }),
      listening(rootModule([ShopModule]), 'api/shop', { routerOptions }),
    ]);
    try {
      for (const path of ['/who/', '/WHO', '/id/7/'])
        await expectSameAnswer(...lenient, [path, undefined, { status: 200 }]);
    } finally {
      await Promise.all(lenient.map((app) => app.close()));
    }
  });

  it('a plugin keeps its address when the routes of the application have another prefix', async () => {
    const other = await listening(await hostModule(), 'rest');
    try {
      expect(await ask(other, '/v2/versioned')).toMatchObject({ status: 200, body: 'v2' });
      expect(await ask(other, '/amount', json('{bad'))).toMatchObject({ status: 400 });
      expect((await fetch(`${await other.getUrl()}/rest/api/shop`)).status).toBe(404);
    } finally {
      await other.close();
    }
  });
});
