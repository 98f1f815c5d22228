/** Whatever goes wrong, the server answers it in one shape; see "Errors over HTTP" in docs/guide/operate.md. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { ServerProcess } from '../support/server-process.js';

const panotti = `
plugins: { directories: [../plugins] }
telemetry: { watchdog: false }
http:
  headersTimeout: 1s
  bodies: { maxBytes: 1KiB, idleTimeout: 200ms, timeout: 500ms }
`;

/** Throws what its path says. */
const failing = `
import { Body, Controller, Get, HttpException, NotFoundException, Param, Post, ServiceUnavailableException, UnauthorizedException } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { Plugin } from 'panotti';

class Amount {}
IsInt()(Amount.prototype, 'amount');

const THROWN = {
  unauthorized: () => new UnauthorizedException(),
  missing: () => new NotFoundException('There is no such thing.'),
  teapot: () => new HttpException('Short and stout.', 418),
  broken: () => new Error('A secret of the plugin.'),
  text: () => 'thrown as a text',
  nothing: () => undefined,
  busy: () => new ServiceUnavailableException(),
  own: () => new HttpException({ reason: 'of its own shape' }, 409),
};

export class Failing {
  fail(what) {
    throw THROWN[what]();
  }

  take() {
    return {};
  }
}
Reflect.defineMetadata('design:paramtypes', [String], Failing.prototype, 'fail');
Param('what')(Failing.prototype, 'fail', 0);
Get(':what')(Failing.prototype, 'fail', Object.getOwnPropertyDescriptor(Failing.prototype, 'fail'));
Reflect.defineMetadata('design:paramtypes', [Amount], Failing.prototype, 'take');
Body()(Failing.prototype, 'take', 0);
Post('take')(Failing.prototype, 'take', Object.getOwnPropertyDescriptor(Failing.prototype, 'take'));
Controller()(Failing);

export class FailingPlugin {}
Plugin({ name: 'failing', version: '1.0.0', controllers: [Failing] })(FailingPlugin);
`;

interface Raw {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** One request as it stands, over a connection of its own. */
async function raw(url: string, request: string): Promise<Raw> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write(request);
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [line = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((one) => [one.split(': ')[0]?.toLowerCase() ?? '', one.slice(one.indexOf(': ') + 2)]),
  );
  return { status: Number(line.split(' ')[1]), headers, body };
}

const request = (line: string, headers: readonly string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers, '', body].join('\r\n');

const post = (type: string, body: string, headers: readonly string[] = []): string =>
  request('POST /api/failing/take', [`Content-Type: ${type}`, `Content-Length: ${body.length}`, ...headers], body);

describe('an error that the server answers', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    const plugins = 'noise-reduction: { enabled: false }\nrecordings: { enabled: true }\n';
    server = await ServerProcess.started({ panotti, plugins, pluginFiles: { 'failing.mjs': failing } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each<[status: number, error: string, what: string, text: string]>([
    [400, 'Bad Request', 'a value that its class refuses', post('application/json', '{"amount":"x"}')],
    [400, 'Bad Request', 'a body that is not JSON', post('application/json', '{')],
    [400, 'Bad Request', 'a path that cannot be decoded', request('GET /api/failing/%zz')],
    [400, 'Bad Request', 'two Host headers at a plugin', request('GET /api/failing/missing', ['Host: b'])],
    [400, 'Bad Request', 'two Host headers at the host', request('GET /health/live', ['Host: a'])],
    [400, 'Bad Request', 'two Host headers where nothing is', request('GET /nothing', ['host: b'])],
    [400, 'Bad Request', 'what is not HTTP', 'HELLO\r\n\r\n'],
    [401, 'Unauthorized', 'an exception without a message', request('GET /api/failing/unauthorized')],
    [404, 'Not Found', 'an exception with a message', request('GET /api/failing/missing')],
    [404, 'Not Found', 'a path that nothing serves', request('GET /nothing')],
    [404, 'Not Found', 'a path that a plugin does not serve', request('GET /api/failing/a/b')],
    [404, 'Not Found', 'a plugin that is not there', request('POST /api/absent')],
    [404, 'Not Found', 'a plugin that health does not know', request('GET /health/plugins/absent')],
    [405, 'Method Not Allowed', 'another method at a plugin', request('DELETE /api/failing/take')],
    [405, 'Method Not Allowed', 'another method at the host', request('PATCH /health/plugins/failing')],
    [
      408,
      'Request Timeout',
      'a body that does not go on',
      request('POST /api/failing/take', ['Content-Type: application/json', 'Content-Length: 9']),
    ],
    [408, 'Request Timeout', 'a head that does not go on', 'GET /health/live HTTP/1.1\r\n'],
    [
      413,
      'Payload Too Large',
      'a body that is too large',
      post('application/json', `{"amount":"${'x'.repeat(2_000)}"}`),
    ],
    [415, 'Unsupported Media Type', 'another content type', post('text/plain', 'x')],
    [415, 'Unsupported Media Type', 'another charset', post('application/json; charset=utf-16', '{}')],
    [
      415,
      'Unsupported Media Type',
      'multipart where no route takes it',
      post('multipart/form-data; boundary=x', '--x--'),
    ],
    [418, "I'm a Teapot", 'an exception of any status', request('GET /api/failing/teapot')],
    [
      431,
      'Request Header Fields Too Large',
      'headers that are too long',
      request('GET /', [`x: ${'y'.repeat(20_000)}`]),
    ],
    [500, 'Internal Server Error', 'an error of a plugin', request('GET /api/failing/broken')],
    [500, 'Internal Server Error', 'a thrown text', request('GET /api/failing/text')],
    [500, 'Internal Server Error', 'a thrown nothing', request('GET /api/failing/nothing')],
    [503, 'Service Unavailable', 'an exception of unavailability', request('GET /api/failing/busy')],
    [503, 'Service Unavailable', 'a plugin that is not up', request('GET /api/noise-reduction')],
  ])('has status %i, the name "%s" and a message: %s', async (status, error, _what, text) => {
    const answer = await raw(server.url, text);
    const body = JSON.parse(answer.body) as { message: unknown };

    expect({ status: answer.status, type: answer.headers['content-type']?.split(';')[0], body }).toEqual({
      status,
      type: 'application/json',
      body: expect.objectContaining({ statusCode: status, error, message: expect.anything() }) as unknown,
    });
    expect([body.message].flat().every((one) => typeof one === 'string' && one !== '')).toBe(true);
    expect(answer.body).not.toMatch(/secret of the plugin|\n\s+at |node_modules/);
    expect(Object.keys(body).toSorted()).toEqual(
      ['code', 'error', 'message', 'statusCode'].filter((key) => key in body),
    );
  });

  it.each([
    ['/api/failing/take', 'POST, GET, HEAD'],
    ['/api/failing/anything', 'GET, HEAD'],
    ['/health', 'GET, HEAD'],
    ['/metrics', 'GET, HEAD'],
    ['/docs', 'GET, HEAD'],
    ['/docs-json', 'GET, HEAD'],
  ])('names the methods of %s where another one is used: %s', async (path, allowed) => {
    const { status, headers } = await raw(server.url, request(`DELETE ${path}`));

    expect([status, (headers['allow'] ?? '').split(', ').toSorted()]).toEqual([405, allowed.split(', ').toSorted()]);
  });

  it('keeps the shape that a plugin has given it', async () => {
    expect(JSON.parse((await raw(server.url, request('GET /api/failing/own'))).body)).toEqual({
      reason: 'of its own shape',
    });
  });
});
