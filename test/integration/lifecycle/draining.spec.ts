/** What becomes of requests, over real sockets, when the plugin that serves them restarts or stops. */
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Body, Controller, Get, Post, Res, Sse, StreamableFile } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { finalize, interval, map, Observable } from 'rxjs';
import { AcceptsBody, BodyStream, Plugin, type PluginHostOptions } from '../../../src/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { hostApp, type HostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

/** What the plugin's code has seen. */
const seen: string[] = [];
/** How much of it when the plugin was destroyed last. */
let seenWhenDestroyed: string[] = [];
let endDownload: () => void = () => undefined;

@Controller()
class BusyRoutes {
  @Get('quick')
  quick(): string {
    return 'quick';
  }

  @Get('download')
  download(): StreamableFile {
    const source = new Readable({ read: () => undefined });
    source.push('begin ');
    endDownload = () => {
      source.push('end');
      source.push(null);
    };
    source.once('close', () => seen.push('download closed'));
    return new StreamableFile(source);
  }

  @Sse('events')
  events(): Observable<object> {
    return interval(5).pipe(
      map((n) => ({ data: { n } })),
      finalize(() => seen.push('events closed')),
    );
  }

  @Get('silent')
  silent(@Res() reply: FastifyReply): void {
    seen.push('silent asked');
    reply.raw.once('close', () => seen.push('silent closed'));
  }

  @Post('upload')
  @AcceptsBody({ as: 'stream', types: ['audio/*'] })
  async upload(@BodyStream() body: Readable): Promise<number> {
    let bytes = 0;
    seen.push('upload begun');
    try {
      for await (const chunk of body) bytes += (chunk as Buffer).length;
    } catch {
      seen.push('upload broken');
    }
    return bytes;
  }

  @Post('json')
  json(@Body() body: object): object {
    seen.push('json');
    return body;
  }
}

@Plugin({ name: 'busy', version: '1.0.0', controllers: [BusyRoutes] })
class BusyPlugin {
  onModuleDestroy(): void {
    seenWhenDestroyed = [...seen];
  }
}

/** One client, with sockets that it keeps. */
class Client implements Disposable {
  readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly sockets = new Set<Socket>();

  constructor(private readonly port: number) {}

  open(path: string, options: { method?: string; headers?: Record<string, string | number> } = {}): ClientRequest {
    const request = httpRequest({
      agent: this.agent,
      port: this.port,
      host: '127.0.0.1',
      path: `/api/busy${path}`,
      ...options,
    });
    request.on('socket', (socket) => this.sockets.add(socket));
    // A request that is cut fails here as well as in its answer.
    request.on('error', () => undefined);
    return request;
  }

  async get(path: string): Promise<Received> {
    return receive(this.open(path).end());
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}

interface Received {
  readonly answer: IncomingMessage;
  body(): string;
  readonly ended: Promise<'complete' | 'cut'>;
}

async function receive(request: ClientRequest): Promise<Received> {
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
  answer.on('error', () => undefined);
  const ended = new Promise<'complete' | 'cut'>((resolve) =>
    answer.once('close', () => resolve(answer.complete ? 'complete' : 'cut')),
  );
  return { answer, body: () => text, ended };
}

/** `once` of Node would reject when the connection is cut. */
function closed(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => request.once('close', resolve));
}

interface Running extends AsyncDisposable {
  readonly test: HostApp;
  readonly clock: FakeClock;
  readonly client: Client;
  /** The sockets that the server has open. */
  connections(): Promise<number>;
}

async function running(options: PluginHostOptions = {}): Promise<Running> {
  seen.length = 0;
  seenWhenDestroyed = [];
  const clock = new FakeClock();
  const test = await hostApp([BusyPlugin], { clock, startup: 'background', ...options });
  await clock.advance(0);
  await test.app.listen(0, '127.0.0.1');
  const server = test.app.getHttpServer();
  const client = new Client((server.address() as { port: number }).port);
  return {
    test,
    clock,
    client,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error: Error | null, count: number) => (error ? reject(error) : resolve(count))),
      ),
    [Symbol.asyncDispose]: async () => {
      client[Symbol.dispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

describe('while a plugin restarts', () => {
  it('a new request gets 503 with Retry-After, and the next one on the same connection is served again', async () => {
    await using run = await running();
    const download = await run.client.get('/download');
    const restarted = run.test.host.restart('busy');

    const refused = await run.client.get('/quick');
    expect([refused.answer.statusCode, refused.answer.headers['retry-after'], await refused.ended]).toEqual([
      503,
      '1',
      'complete',
    ]);
    expect(JSON.parse(refused.body())).toEqual({
      statusCode: 503,
      error: 'Service Unavailable',
      message: 'Plugin "busy" is stopping.',
    });

    endDownload();
    await restarted;
    const served = await run.client.get('/quick');
    expect([served.answer.statusCode, await served.ended, served.body()]).toEqual([200, 'complete', 'quick']);
    expect([await download.ended, download.body()]).toEqual(['complete', 'begin end']);
    expect(run.client.sockets.size).toBe(2);
  });

  it('a long download is finished before the plugin goes', async () => {
    await using run = await running();
    const download = await run.client.get('/download');
    const restarted = run.test.host.restart('busy');
    await run.clock.advance(4_999);
    expect(run.test.states()).toEqual({ busy: 'stopping' });

    endDownload();
    expect(await restarted).toMatchObject({ state: 'ready' });
    expect([await download.ended, download.body()]).toEqual(['complete', 'begin end']);
  });

  it('a download that does not end is cut at the end of the drain time: its socket, its source and its listeners are gone', async () => {
    await using run = await running();
    const download = await run.client.get('/download');
    const restarted = run.test.host.restart('busy');
    await run.clock.advance(5_000);
    await restarted;

    expect([await download.ended, download.body()]).toEqual(['cut', 'begin ']);
    await waitFor(async () => (await run.connections()) === 0);
    expect(seen).toEqual(['download closed']);
    expect([...run.client.sockets].map(({ destroyed }) => destroyed)).toEqual([true]);
    expect(run.test.states()).toEqual({ busy: 'ready' });
  });

  it('an event stream is ended at once, in order, and its source is let go', async () => {
    await using run = await running();
    const events = await run.client.get('/events');
    await waitFor(() => events.body().includes('data: {"n":2}'));

    expect(await run.test.host.restart('busy')).toMatchObject({ state: 'ready' });
    expect(await events.ended).toBe('complete');
    // Before the plugin's own end, and though the client would keep its connection.
    expect(seenWhenDestroyed).toEqual(['events closed']);
    await waitFor(() => [...run.client.sockets].every(({ destroyed }) => destroyed));
    const again = await run.client.get('/events');
    await waitFor(() => again.body().includes('data: {"n":0}'));
  });

  it('a handler that never answers is cut, and the client sees its connection end', async () => {
    await using run = await running();
    const request = run.client.open('/silent').end();
    const failed = closed(request);
    await waitFor(() => seen.includes('silent asked'));
    const restarted = run.test.host.restart('busy');
    await run.clock.advance(5_000);
    await restarted;
    await failed;

    expect(seen).toEqual(['silent asked', 'silent closed']);
    expect(run.test.host.plugin('busy').history.find(({ to }) => to === 'stopped')?.reason).toBe(
      'not clean: 1 open request(s) were cut',
    );
  });

  it('an upload under way may end, and the handler of one that does not end can answer before the drain time is over', async () => {
    await using run = await running();
    const upload = (): ClientRequest =>
      run.client.open('/upload', { method: 'POST', headers: { 'content-type': 'audio/wav' } });
    const first = upload();
    first.write('12345');
    await waitFor(() => seen.length === 1);
    const restarted = run.test.host.restart('busy');
    await run.clock.advance(1_000);
    expect(run.test.states()).toEqual({ busy: 'stopping' });
    first.end('678');
    const answer = await receive(first);
    await restarted;
    expect([await answer.ended, answer.body()]).toEqual(['complete', '8']);

    const second = upload();
    second.write('12345');
    await waitFor(() => seen.length === 2);
    const again = run.test.host.restart('busy');
    await run.clock.advance(3_999);
    expect([run.test.states(), seen]).toEqual([{ busy: 'stopping' }, ['upload begun', 'upload begun']]);
    const answered = receive(second);
    await run.clock.advance(1);
    const late = await answered;
    expect([await late.ended, late.body()]).toEqual(['complete', '5']);
    expect(await again).toMatchObject({ state: 'ready' });
    expect(seen).toEqual(['upload begun', 'upload begun', 'upload broken']);
    expect(run.test.host.uncleanStops()).toEqual([]);
  });

  it('a body that is still on its way into memory is answered 503 at once, and its handler is not called', async () => {
    await using run = await running();
    const upload = run.client.open('/json', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 7 },
    });
    const arrived = once(run.test.app.getHttpServer(), 'request');
    upload.write('{"n"');
    await arrived;
    await (
      await run.client.get('/quick')
    ).ended;
    const answered = receive(upload);

    // The clock stands: a request that was waited for would keep this from ending.
    expect(await run.test.host.restart('busy')).toMatchObject({ state: 'ready' });
    const { answer, ended, body } = await answered;
    expect([answer.statusCode, answer.headers['retry-after'], await ended]).toEqual([503, '1', 'complete']);
    expect(JSON.parse(body())).toMatchObject({ message: 'The plugin stops; send the request again later.' });
    expect(seen).toEqual([]);
    expect(run.test.host.uncleanStops()).toEqual([]);
    upload.destroy();
  });

  it('an upload to a plugin that is not up is refused before it is read', async () => {
    await using run = await running();
    await run.test.host.stop('busy');
    const upload = run.client.open('/json', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 1_000 },
    });
    upload.write('{"n"');

    const { answer } = await receive(upload);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    upload.destroy();
  });

  it('a client that has gone keeps nothing waiting, also when it went before its handler was called', async () => {
    await using run = await running();
    const download = await run.client.get('/download');
    download.answer.destroy();
    await waitFor(() => seen.length === 1);
    const gone = run.client.open('/json', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 1_000 },
    });
    gone.write('{"n"');
    await (
      await run.client.get('/quick')
    ).ended;
    gone.destroy();
    await waitFor(async () => (await run.connections()) === 1);

    // The clock stands: a request that was waited for would keep this from ending.
    expect(await run.test.host.restart('busy')).toMatchObject({ state: 'ready' });
    expect(run.test.host.uncleanStops()).toEqual([]);
  });

  it('a hundred restarts with requests leave no listener at a connection that lasts', async () => {
    await using run = await running();
    const counts: number[] = [];
    run.test.app.getHttpServer().on('request', ({ socket }: IncomingMessage) => {
      counts.push(socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0));
    });
    for (let restarts = 0; restarts < 100; restarts++) {
      await (
        await run.client.get('/quick')
      ).ended;
      await run.test.host.restart('busy');
    }

    expect([run.client.sockets.size, counts.length]).toEqual([1, 100]);
    expect(counts.at(-1)).toBe(counts[1]);
  });
});

describe('when the application closes', () => {
  it('an idle connection that is kept alive, an event stream and a download do not hold it up beyond the drain time', async () => {
    await using run = await running();
    await (
      await run.client.get('/quick')
    ).ended;
    const [events, download] = [await run.client.get('/events'), await run.client.get('/download')];
    const ended = run.test.app.close();
    expect(await events.ended).toBe('complete');
    await run.clock.advance(5_000);
    await ended;

    expect(await download.ended).toBe('cut');
    await waitFor(() => [...run.client.sockets].every(({ destroyed }) => destroyed));
    expect(seen.toSorted()).toEqual(['download closed', 'events closed']);
  });
});
