import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { EventOperations, type EventHead } from '../../../src/events/index.js';
import { ControlClient, LocalOperations } from '../../../src/management/index.js';
import { ControlChannel } from '../../../src/management/control-channel.js';
import { ControlSocket } from '../../../src/management/control-socket.js';
import {
  COUNT_DEAD_LETTERS,
  DROP_DEAD_LETTERS,
  FOLLOW_EVENTS,
  REPLAY,
  RETRY_DEAD_LETTERS,
} from '../../../src/management/operations/index.js';
import { StoreFullError } from '../../../src/storage/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';
import { waitFor } from '../../support/wait-for.js';

/** Notes what it is asked; `answer` says what comes of it. */
class NotedOperations extends EventOperations {
  readonly isLive = true;
  readonly asked: unknown[] = [];
  answer: (asked: unknown) => Promise<never> = () => Promise.resolve({ count: 0, stranded: 0 } as never);
  readonly listEvents = this.#noted;
  readonly showEvent = this.#noted;
  readonly planReplay = this.#noted;
  readonly replay = this.#noted;
  readonly listParked = this.#noted;
  readonly countParked = this.#noted;
  readonly skipParked = this.#noted;
  readonly listDeadLetters = this.#noted;
  readonly showDeadLetters = this.#noted;
  readonly countDeadLetters = this.#noted;
  readonly retryDeadLetters = this.#noted;
  readonly dropDeadLetters = this.#noted;

  async *followEvents(query: object, signal: AbortSignal): AsyncGenerator<EventHead> {
    this.asked.push({ ...query });
    yield { id: 'ä€😀\u2028\r', position: 1, name: 'a.b', version: 1, source: 's', time: 0, bytes: 2 };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    this.asked.push('over');
  }

  get #noted(): (asked: unknown) => Promise<never> {
    return (asked) => {
      this.asked.push(typeof asked === 'object' ? { ...asked } : asked);
      return this.answer(asked);
    };
  }
}

let directory: string;
let operations: NotedOperations;
let clock: FakeClock;
let channels: ControlChannel[];
let log: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'panotti-control-'));
  operations = new NotedOperations();
  clock = new FakeClock();
  channels = [];
  log = [];
  const note = (message: string): void => void log.push(message);
  Logger.overrideLogger({ log: note, warn: note, error: note });
});
afterEach(async () => {
  await Promise.all(channels.map((channel) => channel.close()));
  Logger.overrideLogger(['error', 'fatal']);
  rmSync(directory, { recursive: true });
});

const socketPath = (): string => join(directory, 'panotti/control/socket');
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

async function opened(): Promise<ControlChannel> {
  const channel = await ControlChannel.open(
    new ControlSocket(directory),
    new LocalOperations({ events: operations }),
    clock,
  );
  channels.push(channel);
  return channel;
}

async function client(): Promise<ControlClient> {
  const reached = await ControlClient.connect(directory);
  if (!reached) throw new Error('No server listens.');
  return reached;
}

async function post(
  path: string,
  body: string,
  method = 'POST',
): Promise<{ status: number | undefined; answer: unknown }> {
  const outgoing = request({ socketPath: socketPath(), path, method, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  const parts = await response.toArray();
  return { status: response.statusCode, answer: JSON.parse(Buffer.concat(parts as Buffer[]).toString()) };
}

describe('the control channel', () => {
  it('is a socket that only its user can open, in a folder that only its user can enter', async () => {
    mkdirSync(join(directory, 'panotti/control'), { recursive: true, mode: 0o777 });
    await opened();

    expect([modeOf(socketPath()), modeOf(join(directory, 'panotti/control'))]).toEqual(['600', '700']);
    expect(statSync(socketPath()).isSocket()).toBe(true);
  });

  it('leaves no socket behind when it is closed', async () => {
    const channel = await opened();
    using reached = await client();
    expect(reached.isLive).toBe(true);
    await channel.close();

    expect(readdirSync(join(directory, 'panotti/control'))).toEqual([]);
    expect(await ControlClient.connect(directory)).toBeUndefined();
    await expect(reached.call(COUNT_DEAD_LETTERS, {})).rejects.toMatchObject({ code: 'CONTROL_BROKEN' });
  });

  it('takes the place of a socket whose process was killed', async () => {
    mkdirSync(join(directory, 'panotti/control'), { recursive: true });
    const holder = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(socketPath())}, () => console.log())`,
    ]);
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(statSync(socketPath()).isSocket()).toBe(true);

    expect(await ControlClient.connect(directory)).toBeUndefined();
    await opened();
    using reached = await client();
    await reached.call(COUNT_DEAD_LETTERS, {});
    expect(operations.asked).toEqual([{}]);
  });

  it('does not replace the socket of a server that still listens', async () => {
    mkdirSync(join(directory, 'panotti/control'), { recursive: true });
    const other = createServer((connection) => connection.destroy()).listen(socketPath());
    await once(other, 'listening');

    await expect(opened()).rejects.toMatchObject({
      code: 'CONTROL_UNAVAILABLE',
      message: expect.stringContaining('another server') as string,
    });
    expect(other.listening && statSync(socketPath()).isSocket()).toBe(true);
    other.close();
  });

  it('works at a path that is too long for a socket', async () => {
    directory = join(directory, 'd'.repeat(120), 'e'.repeat(120));
    expect(await ControlClient.connect(directory)).toBeUndefined();
    if (process.platform !== 'linux') {
      await expect(opened()).rejects.toMatchObject({ code: 'CONTROL_UNAVAILABLE' });
      return;
    }
    const channel = await opened();
    using reached = await client();
    await reached.call(COUNT_DEAD_LETTERS, {});

    expect(operations.asked).toEqual([{}]);
    expect(modeOf(socketPath())).toBe('600');
    await channel.close();
    expect(readdirSync(join(directory, 'panotti/control'))).toEqual([]);
  });

  it('says that it cannot be reached when something else is in the place of the socket', async () => {
    mkdirSync(socketPath(), { recursive: true });

    expect(await ControlClient.connect(directory)).toBeUndefined();
    await expect(opened()).rejects.toMatchObject({ code: 'CONTROL_UNAVAILABLE' });
  });

  it('logs each operation, with what it changed or why it was refused', async () => {
    await opened();
    using reached = await client();
    await reached.call(RETRY_DEAD_LETTERS, { plugin: 'mail\u001B[31m' });
    await reached.call(COUNT_DEAD_LETTERS, { event: 'a.*' });
    operations.answer = () => Promise.reject(new StoreFullError(new Error('disk')));
    await expect(reached.call(DROP_DEAD_LETTERS, {})).rejects.toMatchObject({
      code: 'STORE_FULL',
      message: 'The store cannot grow: its disk is full.\n  Fix: Make space; work goes on by itself.',
    });

    expect(log).toEqual([
      'dead-letters.retry {"plugin":"mail\\u001b[31m"}: done, {"count":0,"stranded":0} in 0 ms',
      'dead-letters.count {"event":"a.*"}: answered in 0 ms',
      'dead-letters.drop {}: refused: STORE_FULL',
    ]);
  });

  it.each([
    ['a filter that it does not know', '/v1/dead-letters.drop', '{"subscriptions":"mail.send"}'],
    ['a filter of the wrong kind', '/v1/dead-letters.drop', '{"subscription":7}'],
    ['an invalid pattern of names', '/v1/dead-letters.retry', '{"event":"a b"}'],
    ['more than a page', '/v1/events.list', '{"limit":1001}'],
    ['a list instead of an object', '/v1/dead-letters.drop', '[]'],
    ['text that is not JSON', '/v1/dead-letters.drop', 'all'],
    ['an empty body', '/v1/dead-letters.drop', ''],
    ['many levels', '/v1/dead-letters.drop', `{"event":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['many keys', '/v1/dead-letters.drop', `{${Array.from({ length: 2_000 }, (_, i) => `"k${i}":1`).join()}}`],
    ['an unknown operation', '/v1/constructor', '{}'],
    ['a property of every object', '/v1/__proto__', '{}'],
    ['an operation that needs a stopped server', '/v1/subscriptions.list', '{}'],
    ['another version', '/v2/dead-letters.drop', '{}'],
    ['a body that is too long', '/v1/dead-letters.drop', `{}${' '.repeat(70_000)}`],
  ])('refuses %s, and does nothing', async (_what, path, body) => {
    await opened();
    const { status, answer } = await post(path, body);

    expect([status, answer]).toMatchObject([400, { error: { code: 'CONTROL_REQUEST_INVALID' } }]);
    expect(operations.asked).toEqual([]);
  });

  it('changes nothing for what a browser or a link could ask', async () => {
    await opened();

    expect((await post('/v1/dead-letters.drop', '', 'GET')).status).toBe(400);
    expect(operations.asked).toEqual([]);
  });

  it('lets a client follow events until it closes the connection', async () => {
    await opened();
    using reached = await client();
    const over = new AbortController();
    const seen: string[] = [];
    for await (const { id } of reached.follow(FOLLOW_EVENTS, { after: 4 }, over.signal)) {
      seen.push(id);
      over.abort();
    }
    await waitFor(() => operations.asked.includes('over'));

    expect(seen).toEqual(['ä€😀\u2028\r']);
    expect(operations.asked[0]).toEqual({ after: 4 });
    await waitFor(() => log.includes('events.follow {"after":4}: is over'));
  });

  it('ends a stream in order when the server stops', async () => {
    const channel = await opened();
    using reached = await client();
    const seen: string[] = [];
    for await (const { id } of reached.follow(FOLLOW_EVENTS, { after: 0 }, new AbortController().signal)) {
      seen.push(id);
      void channel.close();
    }

    expect(seen).toHaveLength(1);
  });

  it('waits for a running operation when the server stops, and two seconds for one that hangs', async () => {
    const channel = await opened();
    using reached = await client();
    operations.answer = () => new Promise(() => undefined);
    const hanging = reached.call(REPLAY, { events: 'a.*' });
    const broken = expect(hanging).rejects.toMatchObject({ code: 'CONTROL_BROKEN' });
    await waitFor(() => operations.asked.length > 0);
    let isClosed = false;
    const closed = channel.close().then(() => (isClosed = true));
    await settle();
    expect(isClosed).toBe(false);
    await clock.advance(2_000);
    await closed;

    await broken;
  });
});
