import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { EventOperations, type EventHead } from '../../../src/events/index.js';
import { connectToServer } from '../../../src/management/index.js';
import { ControlChannel } from '../../../src/management/control-channel.js';
import { ControlSocket } from '../../../src/management/control-socket.js';
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
    yield { id: 'ä€😀', position: 1, name: 'a.b', version: 1, source: 's', time: 0, bytes: 2 };
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
  const channel = await ControlChannel.open(new ControlSocket(directory), operations, clock);
  channels.push(channel);
  return channel;
}

async function client(): Promise<EventOperations & Disposable> {
  const reached = await connectToServer(directory);
  if (!reached) throw new Error('Nobody listens.');
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

  it('leaves no socket behind when it is closed, and is not there for anybody then', async () => {
    const channel = await opened();
    using reached = await client();
    expect(reached.isLive).toBe(true);
    await channel.close();

    expect(readdirSync(join(directory, 'panotti/control'))).toEqual([]);
    expect(await connectToServer(directory)).toBeUndefined();
    await expect(reached.countDeadLetters({})).rejects.toMatchObject({ code: 'CONTROL_BROKEN' });
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

    expect(await connectToServer(directory)).toBeUndefined();
    await opened();
    using reached = await client();
    await reached.countDeadLetters({});
    expect(operations.asked).toEqual([{}]);
  });

  it('does not push a server aside that still listens', async () => {
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
    expect(await connectToServer(directory)).toBeUndefined();
    if (process.platform !== 'linux') {
      await expect(opened()).rejects.toMatchObject({ code: 'CONTROL_UNAVAILABLE' });
      return;
    }
    const channel = await opened();
    using reached = await client();
    await reached.countDeadLetters({});

    expect(operations.asked).toEqual([{}]);
    expect(modeOf(socketPath())).toBe('600');
    await channel.close();
    expect(readdirSync(join(directory, 'panotti/control'))).toEqual([]);
  });

  it('says that it cannot be reached when something else is in the place of the socket', async () => {
    mkdirSync(socketPath(), { recursive: true });

    expect(await connectToServer(directory)).toBeUndefined();
    await expect(opened()).rejects.toMatchObject({ code: 'CONTROL_UNAVAILABLE' });
  });

  it('writes each command into the log, with what it changed, or why not', async () => {
    await opened();
    using reached = await client();
    await reached.retryDeadLetters({ plugin: 'mail\u001B[31m' });
    await reached.countDeadLetters({ event: 'a.*' });
    operations.answer = () => Promise.reject(new StoreFullError(new Error('disk')));
    await expect(reached.dropDeadLetters({})).rejects.toMatchObject({
      code: 'STORE_FULL',
      message: 'The store cannot grow: its disk is full.\n  Fix: Make space; work goes on by itself.',
    });

    expect(log).toEqual([
      'retryDeadLetters {"plugin":"mail\\u001b[31m"}: done, {"count":0,"stranded":0} in 0 ms',
      'countDeadLetters {"event":"a.*"}: answered in 0 ms',
      'dropDeadLetters {}: refused: STORE_FULL',
    ]);
  });

  it.each([
    ['a filter that it does not know', '/v1/dropDeadLetters', '{"subscriptions":"mail.send"}'],
    ['a filter of the wrong kind', '/v1/dropDeadLetters', '{"subscription":7}'],
    ['a pattern that is none', '/v1/retryDeadLetters', '{"event":"a b"}'],
    ['more than a page', '/v1/listEvents', '{"limit":1001}'],
    ['no object', '/v1/dropDeadLetters', '[]'],
    ['no JSON', '/v1/dropDeadLetters', 'all'],
    ['nothing', '/v1/dropDeadLetters', ''],
    ['many levels', '/v1/dropDeadLetters', `{"event":${'['.repeat(30_000)}${']'.repeat(30_000)}}`],
    ['many keys', '/v1/dropDeadLetters', `{${Array.from({ length: 2_000 }, (_, i) => `"k${i}":1`).join()}}`],
    ['a command that is none', '/v1/constructor', '{}'],
    ['a property of every object', '/v1/__proto__', '{}'],
    ['another version', '/v2/dropDeadLetters', '{}'],
    ['too much', '/v1/dropDeadLetters', `{}${' '.repeat(70_000)}`],
  ])('refuses %s, and does nothing', async (_what, path, body) => {
    await opened();
    const { status, answer } = await post(path, body);

    expect([status, answer]).toMatchObject([400, { error: { code: 'CONTROL_REQUEST_INVALID' } }]);
    expect(operations.asked).toEqual([]);
  });

  it('changes nothing for what a browser or a link could ask', async () => {
    await opened();

    expect((await post('/v1/dropDeadLetters', '', 'GET')).status).toBe(400);
    expect(operations.asked).toEqual([]);
  });

  it('lets events be followed until whoever follows goes away', async () => {
    await opened();
    using reached = await client();
    const over = new AbortController();
    const seen: string[] = [];
    for await (const { id } of reached.followEvents({ after: 4 }, over.signal)) {
      seen.push(id);
      over.abort();
    }
    await waitFor(() => operations.asked.includes('over'));

    expect(seen).toEqual(['ä€😀']);
    expect(operations.asked[0]).toEqual({ after: 4 });
    await waitFor(() => log.includes('followEvents {"after":4}: is over'));
  });

  it('ends what is followed in order when the server stops', async () => {
    const channel = await opened();
    using reached = await client();
    const seen: string[] = [];
    for await (const { id } of reached.followEvents({ after: 0 }, new AbortController().signal)) {
      seen.push(id);
      void channel.close();
    }

    expect(seen).toHaveLength(1);
  });

  it('waits for a command that is under way when the server stops, and for one that hangs two seconds', async () => {
    const channel = await opened();
    using reached = await client();
    operations.answer = () => new Promise(() => undefined);
    const hanging = reached.replay({ events: 'a.*' });
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
