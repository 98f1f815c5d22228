/** Whatever a request may bring and a handler may answer: below a mount as in plain Nest. */
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import {
  type ArgumentsHost,
  Body,
  Catch,
  ConflictException,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  HostParam,
  HttpCode,
  HttpException,
  Ip,
  Param,
  Patch,
  Post,
  Put,
  Query,
  type RawBodyRequest,
  Redirect,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseFilters,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { concat, of, throwError } from 'rxjs';
import { NativeAndHosted } from '../../support/native-and-hosted.js';

class OutOfStock extends Error {}

@Catch(OutOfStock)
class OutOfStockFilter implements ExceptionFilter {
  catch(_error: OutOfStock, host: ArgumentsHost): void {
    void host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .code(410)
      .header('x-filter', 'of the method')
      .send({ gone: true });
  }
}

@Catch(ConflictException)
class GlobalFilter implements ExceptionFilter {
  catch(error: ConflictException, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().code(error.getStatus()).send({ global: error.message });
  }
}

@Controller('bodies')
class BodyRoutes {
  @Post('json')
  json(@Body() body: unknown, @Body('n') n: unknown): object {
    return { body, n };
  }

  @Put('json')
  @HttpCode(204)
  put(): void {}

  @Patch('json')
  patch(@Body() body: unknown): object {
    return { body };
  }

  @Post('raw')
  raw(@Req() request: RawBodyRequest<FastifyRequest>): object {
    return { raw: request.rawBody?.toString('hex') };
  }
}

@Controller('answers')
class AnswerRoutes {
  @Get('null')
  nothing(): null {
    return null;
  }

  @Get('number')
  number(): number {
    return 7;
  }

  @Get('buffer')
  buffer(): Buffer {
    return Buffer.from('bytes');
  }

  @Get('array')
  array(): unknown[] {
    return [1, 'two', { three: new Date(0) }];
  }

  @Get('observable')
  observable(): unknown {
    return of('first', 'last');
  }

  @Get('cookies')
  cookies(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): object {
    reply.header('set-cookie', ['a=1; Path=/; HttpOnly', 'b=2']);
    return { got: request.headers.cookie };
  }

  @Get('headers')
  @Header('cache-control', 'no-store')
  @Header('x-two', 'words here')
  headers(): string {
    return '<p>text</p>';
  }

  @Get('redirect')
  @Redirect('/fixed')
  redirect(@Query('to') to: string | undefined): object | undefined {
    return to === undefined ? undefined : { url: to, statusCode: 307 };
  }

  @Get('redirect-by-hand')
  redirectByHand(@Res() reply: FastifyReply): void {
    void reply.redirect('/by-hand', 303);
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Buffer.from('0123456789'), {
      type: 'text/csv',
      disposition: 'attachment; filename="a.csv"',
      length: 10,
    });
  }

  @Get('stream')
  stream(@Res() reply: FastifyReply): void {
    void reply.type('text/plain').send(Readable.from(['a', 'b']));
  }

  @Get('broken-stream')
  brokenStream(): StreamableFile {
    const failing = new Readable({ read: () => void failing.destroy(new Error('no such file')) });
    return new StreamableFile(failing);
  }

  @Get('hijacked')
  hijacked(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(202, { 'x-raw': 'yes' });
    reply.raw.end('by hand');
  }

  @Sse('events')
  events(): unknown {
    return of({ id: '7', type: 'note', retry: 9, data: 'one\ntwo' }, { data: { n: 1 } });
  }

  @Sse('broken-events')
  brokenEvents(): unknown {
    return concat(
      of({ data: 1 }),
      throwError(() => new Error('the end')),
    );
  }
}

@Controller('errors')
class ErrorRoutes {
  @Get('filtered')
  @UseFilters(OutOfStockFilter)
  filtered(): never {
    throw new OutOfStock();
  }

  @Get('global')
  global(): never {
    throw new ConflictException('taken');
  }

  @Get('unfiltered')
  unfiltered(): never {
    throw new OutOfStock('secret');
  }

  @Get('custom')
  custom(): never {
    throw new HttpException({ odd: true }, 499);
  }

  @Get('no-error')
  noError(): never {
    // eslint-disable-next-line no-throw-literal -- plugins may throw anything
    throw 'text';
  }

  @Get('rejected')
  async rejected(): Promise<never> {
    await Promise.resolve();
    throw new ConflictException('later');
  }

  @Post('piped')
  @UsePipes(new ValidationPipe({ exceptionFactory: () => new ConflictException('pipe') }))
  piped(@Body('n') n: string): string {
    return n;
  }

  @Get('twice')
  twice(@Res() reply: FastifyReply): void {
    void reply.send('once');
    throw new ConflictException('too late');
  }
}

@Controller('paths')
class PathRoutes {
  @Get('a/:id')
  one(@Param('id') id: string): object {
    return { id };
  }

  @Get('a/:id/b/:other')
  two(@Param() params: object): object {
    return params;
  }

  @Get('dots/:file.:extension')
  dots(@Param() params: object): object {
    return params;
  }

  @Get('Case')
  upper(): string {
    return 'case';
  }

  @Get('optional{/:id}')
  optional(@Param('id') id: string | undefined): object {
    return { id };
  }

  @Get(['first', 'second'])
  several(@Req() request: FastifyRequest): object {
    return { url: request.url, original: request.originalUrl, route: request.routeOptions.url, params: request.params };
  }

  @Get('who')
  who(@Ip() ip: string, @Req() request: FastifyRequest): object {
    return { ip, method: request.method, is404: request.is404, query: request.query };
  }
}

@Controller({ path: 'hosted', host: ':tenant.example' })
class HostRoutes {
  @Get()
  tenant(@HostParam('tenant') tenant: string): object {
    return { tenant };
  }
}

const controllers = [BodyRoutes, AnswerRoutes, ErrorRoutes, PathRoutes, HostRoutes];

/** Whatever an application may set up. */
function prepare(app: NestFastifyApplication): void {
  app.useGlobalFilters(new GlobalFilter());
  app.useGlobalGuards({
    canActivate: (context: ExecutionContext) =>
      context.switchToHttp().getRequest<FastifyRequest>().headers['x-deny'] === undefined,
  });
  app.use(
    '/api/shop/paths',
    (request: { headers: object }, response: { setHeader(name: string, value: string): void }, next: () => void) => {
      response.setHeader('x-middleware', Object.hasOwn(request.headers, 'x-seen') ? 'seen' : 'unseen');
      next();
    },
  );
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-hook', `${request.method} ${request.routeOptions.url ?? ''}`);
    done(null, payload);
  });
}

type Asked = readonly [path: string, options?: RequestInit];
const send = (method: string, body: string | Buffer, type?: string): RequestInit => ({
  method,
  body,
  headers: type === undefined ? {} : { 'content-type': type },
});

const ASKED: Readonly<Record<string, readonly Asked[]>> = {
  'bodies of every type and size': [
    ['/bodies/json', send('POST', '{"n":[1,null,"ä"]}', 'application/json; charset=utf-8')],
    ['/bodies/json', send('POST', 'null', 'application/json')],
    ['/bodies/json', send('POST', 'n=1&n=2&o[p]=3', 'application/x-www-form-urlencoded')],
    ['/bodies/json', { method: 'POST' }],
    ['/bodies/json', send('PUT', '{}', 'application/json')],
    ['/bodies/json', send('PATCH', '{"n":2}', 'application/json')],
    ['/bodies/json', { method: 'DELETE' }],
  ],
  'the raw body': [['/bodies/raw', send('POST', '{ "n" : 1 }', 'application/json')]],
  'answers of every type': ['null', 'number', 'buffer', 'array', 'observable', 'headers'].map((path): Asked => [
    `/answers/${path}`,
  ]),
  'cookies and headers': [
    ['/answers/cookies', { headers: { cookie: 'c=3; d=4' } }],
    ['/answers/headers'],
    ['/answers/headers', { method: 'HEAD' }],
  ],
  redirects: [['/answers/redirect'], ['/answers/redirect?to=/other'], ['/answers/redirect-by-hand']],
  'streams and files': [
    ['/answers/file'],
    ['/answers/file', { method: 'HEAD' }],
    ['/answers/stream'],
    ['/answers/stream', { method: 'HEAD' }],
    ['/answers/broken-stream'],
    ['/answers/hijacked'],
  ],
  'server-sent events': [['/answers/events'], ['/answers/broken-events']],
  'exception filters of methods and of the application': [
    ...['filtered', 'global', 'unfiltered', 'custom', 'no-error', 'rejected', 'twice'].map((path): Asked => [
      `/errors/${path}`,
    ]),
    ['/errors/piped', send('POST', '{"n":{}}', 'application/json')],
    ['/errors/global', { headers: { 'x-deny': '1' } }],
  ],
  'paths in every notation': [
    ...[
      '1',
      '%2F',
      'a%2Fb',
      '%20',
      'a+b',
      '%C3%A4',
      '%25',
      '%252F',
      '%3F',
      '%23',
      'a;b=1',
      '.',
      '..%2F',
      'x'.repeat(100),
    ].map((id): Asked => [`/paths/a/${id}`]),
    ...[
      '/paths/a/1/',
      '/paths/A/1',
      '/paths//a/1',
      '/paths/a//1',
      '/paths/a/1/b/2',
      '/paths/a/1/b/',
      '/paths/a//b/2',
    ].map((path): Asked => [path]),
    ...[
      '/paths/Case',
      '/paths/case',
      '/paths/%43ase',
      '/paths/dots/a.txt',
      '/paths/dots/a',
      '/paths/optional',
      '/paths/optional/7',
    ].map((path): Asked => [path]),
    ...['/paths/first?a=1', '/paths/second', '/paths/third', '/paths', '', '/', '/paths/who?a[]=1&a[]=2&b'].map(
      (path): Asked => [path],
    ),
    ['/paths/who', { headers: { 'x-seen': '1' } }],
    ['/paths/who', { method: 'POST' }],
    ['/paths/a/%E0%A4%A'],
    ['/hosted'],
  ],
};

/** The status and the body of the answer to a request that `fetch` would not send. */
function raw(app: NestFastifyApplication, request: string): Promise<string> {
  const { port } = app.getHttpServer().address() as { port: number };
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(`${answer.split('\r\n')[0]} ${answer.split('\r\n\r\n').at(-1)}`));
  });
}

describe('a plugin and a plain Nest application are alike', () => {
  let pair: NativeAndHosted;
  beforeAll(async () => {
    pair = await NativeAndHosted.listening({
      controllers,
      prepare,
      server: { bodyLimit: 100 },
      application: { rawBody: true },
    });
  });
  afterAll(() => pair[Symbol.asyncDispose]());

  for (const [what, asked] of Object.entries(ASKED)) {
    it(`a plugin and plain Nest are alike in ${what}`, async () => {
      for (const [path, options] of asked) await pair.ask(path, options);
    });
  }

  it('compares only requests that are found: no row above is a comparison of two 404', async () => {
    const ok = [
      '/answers/file',
      '/answers/events',
      '/paths/a/%2F',
      '/paths/who',
      '/paths/second',
      '/paths/a/1/b/2',
      '/answers/hijacked',
    ];
    for (const path of ok) expect([path, (await pair.ask(path)).status < 300]).toEqual([path, true]);
    expect(await pair.ask('/bodies/raw', send('POST', '{ "n" : 1 }', 'application/json'))).toMatchObject({
      body: '{"raw":"7b20226e22203a2031207d"}',
    });
    expect((await pair.ask('/errors/filtered')).headers).toMatchObject({ 'x-filter': 'of the method' });
    expect((await pair.ask('/errors/global')).body).toBe('{"global":"taken"}');
    expect((await pair.ask('/answers/cookies')).cookies).toHaveLength(2);
    expect((await pair.ask('/paths/who', { headers: { 'x-seen': '1' } })).headers).toMatchObject({
      'x-middleware': 'seen',
      'x-hook': 'GET /api/shop/paths/who',
    });
  });

  it('a plugin and plain Nest answer what cannot be read with the same status, where only the words differ', async () => {
    const bodies: readonly [status: number, ...body: [string, string]][] = [
      [400, '{"__proto__":{"n":1}}', 'application/json'],
      [400, '{"n":1', 'application/json'],
      [413, JSON.stringify('x'.repeat(200)), 'application/json'],
      [415, '--x\r\n\r\n--x--', 'multipart/form-data; boundary=x'],
      [415, 'x', 'not a type'],
    ];
    for (const [status, payload, type] of bodies) {
      const request = {
        method: 'POST',
        url: '/api/shop/bodies/json',
        payload,
        headers: { 'content-type': type },
      } as const;
      const [native, hosted] = await Promise.all([pair.native.inject(request), pair.hosted.inject(request)]);
      expect([payload, native.statusCode, hosted.statusCode]).toEqual([payload, status, status]);
    }
  });

  it('a plugin and plain Nest answer a parameter that is too long alike, though the plugin only after middleware and hooks', async () => {
    const url = `/api/shop/paths/a/${'x'.repeat(101)}`;
    const [native, hosted] = await Promise.all([pair.native.inject(url), pair.hosted.inject(url)]);

    expect([hosted.statusCode, hosted.body]).toEqual([native.statusCode, native.body]);
    expect(hosted.statusCode).toBe(414);
  });

  it.each([
    'GET /api/shop/paths/who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET http://other.example/api/shop/paths/who?a=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /api/shop/hosted HTTP/1.1\r\nHost: blue.example\r\nConnection: close\r\n\r\n',
    'GET /api/shop/hosted HTTP/1.1\r\nHost: blue.other\r\nConnection: close\r\n\r\n',
    'GET /api/shop/../shop/paths/who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /api/shop/paths/who#part HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET //api/shop/paths/who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'GET /api/%73hop/paths/who HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    'POST /api/shop/bodies/json HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"n":1}',
    'POST /api/shop/bodies/json HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"n":1}\r\n0\r\n\r\n',
    'GET /api/shop/paths/who HTTP/1.0\r\n\r\n',
  ])('to %j', async (request) => {
    expect(await raw(pair.hosted, request)).toBe(await raw(pair.native, request));
  });
});
