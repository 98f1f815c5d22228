/** The built server behind nginx, configured as `deploy/nginx` ships it: below a path, with uploads, streams and a rolling restart. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { hasCommand, itWhere } from '../support/it-where.js';
import { Nginx, type Upstream } from '../support/nginx.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const itWithNginx = itWhere(hasCommand('nginx'));
/**
 * How many comments a silent stream has carried before something happens. One comes every 15 seconds, so 20 are five minutes; nginx by itself
 * would end a silent stream after one.
 */
const COMMENTS = process.env['PANOTTI_TEST_FULL'] === '1' ? 20 : 0;
/** A plugin that has not sent anything before it is told to. */
const RINGS = `
  import { Controller, Post, Sse } from '@nestjs/common';
  import { Plugin } from 'panotti';
  import { Subject } from 'rxjs';
  class Rings {
    rung = new Subject();
    events() { return this.rung; }
    ring() { this.rung.next({ type: 'rung', data: 'once' }); }
  }
  const on = (name) => [Rings.prototype, name, Object.getOwnPropertyDescriptor(Rings.prototype, name)];
  Sse('events')(...on('events'));
  Post('ring')(...on('ring'));
  Controller()(Rings);
  class RingsPlugin {}
  Plugin({ name: 'rings', version: '1.0.0', controllers: [Rings] })(RingsPlugin);
  export { RingsPlugin };
`;
/** More than nginx takes by itself, and more than its buffers hold. */
const AUDIO_BYTES = 24_000_000;
const JSON_TYPE = { 'content-type': 'application/json' };

const addressOf = ({ url }: ServerProcess): string => new URL(url).host;

/** A WAV file of silence: 16 bits, mono, 48 kHz. */
function silence(bytes: number): Buffer {
  const wave = Buffer.alloc(44 + bytes);
  wave.write('RIFF', 0);
  wave.writeUInt32LE(36 + bytes, 4);
  wave.write('WAVEfmt ', 8);
  for (const [offset, value] of [
    [16, 16],
    [24, 48_000],
    [28, 96_000],
    [40, bytes],
  ] as const)
    wave.writeUInt32LE(value, offset);
  for (const [offset, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    wave.writeUInt16LE(value, offset);
  wave.write('data', 36);
  return wave;
}

async function opened(url: string): Promise<string> {
  return ((await (await fetch(`${url}/api/recordings`, { method: 'POST' })).json()) as { id: string }).id;
}

async function uploaded(url: string, audio: Buffer): Promise<{ readonly id: string; readonly status: number }> {
  const id = await opened(url);
  const body = new Blob([new Uint8Array(audio)]).stream();
  const put = { method: 'PUT', body, duplex: 'half', headers: { 'content-type': 'audio/wav' } } as RequestInit;
  return { id, status: (await fetch(`${url}/api/recordings/${id}/audio`, put)).status };
}

describe('the built server behind nginx', () => {
  itWithNginx('takes and gives large uploads, sent in chunks', async () => {
    await using server = await ServerProcess.started();
    await using nginx = await Nginx.started([{ address: addressOf(server) }]);
    const audio = silence(AUDIO_BYTES);
    const { id, status } = await uploaded(nginx.url, audio);
    const download = await (await fetch(`${nginx.url}/api/recordings/${id}/audio`)).arrayBuffer();
    expect([status, Buffer.from(download).equals(audio)]).toEqual([200, true]);
  });

  itWithNginx(
    'sends each event of a stream when it happens, also after the stream has only carried comments',
    async () => {
      await using server = await ServerProcess.started({
        panotti: 'plugins: { directories: [../plugins] }\n',
        pluginFiles: { 'rings.mjs': RINGS },
      });
      await using nginx = await Nginx.started([{ address: addressOf(server) }]);
      const { id } = await uploaded(
        nginx.url,
        await readFile(join(import.meta.dirname, '../fixtures/audio/noisy-speech.wav')),
      );
      const streams = [
        await EventStream.opened(`${nginx.url}/api/recordings/${id}/events`),
        await EventStream.opened(`${nginx.url}/api/rings/events`),
      ] as const;
      await Promise.all(streams.map((stream) => stream.readUntil(() => stream.comments >= COMMENTS)));
      const before = streams.map(({ events }) => events);
      await fetch(`${nginx.url}/api/recordings/${id}/end`, { method: 'POST' });
      await fetch(`${nginx.url}/api/rings/ring`, { method: 'POST' });
      // The streams do not end, so what arrives did not wait for their end.
      await Promise.all(streams.map((stream) => stream.readUntil(() => stream.events.length > 0)));
      await Promise.all(streams.map((stream) => stream.cancel()));

      expect(streams.map(({ type }) => type)).toEqual(['text/event-stream', 'text/event-stream']);
      expect(before).toEqual([[], []]);
      expect(streams.map(({ events }) => events[0])).toEqual(['recording.ended', 'rung']);
    },
    900_000,
  );

  itWithNginx('has an API page below the path, whose addresses lead to the server', async () => {
    await using server = await ServerProcess.started();
    await using nginx = await Nginx.started([{ address: addressOf(server) }]);
    const page = await fetch(`${nginx.url}/docs/`);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => new URL(path, page.url).href);
    const statuses = await Promise.all(assets.map(async (asset) => (await fetch(asset)).status));
    const { servers } = (await (await fetch(`${nginx.url}/docs-json`)).json()) as { servers: { url: string }[] };
    const base = new URL(servers[0]?.url ?? 'missing', page.url).href.replace(/\/$/, '');
    const note = { method: 'POST', headers: JSON_TYPE, body: '{"text":"through a proxy"}' };

    expect([page.url, base]).toEqual([`${nginx.url}/docs`, nginx.url]);
    expect([assets.length > 3, new Set(statuses)]).toEqual([true, new Set([200])]);
    expect((await fetch(`${base}/api/example`, note)).status).toBe(201);
  });

  itWithNginx.each([
    ['that nginx does not know of, for requests that may be sent twice', false, ['GET']],
    ['that nginx is told of, for every request', true, ['GET', 'POST']],
  ] as const)('loses no request in a rolling restart of two servers %s', async (_title, isTold, methods) => {
    const setup = { panotti: 'lifecycle:\n  drainDelay: 0\n' };
    const servers = [await ServerProcess.started(setup), await ServerProcess.started(setup)];
    const upstreams: Upstream[] = servers.map((server) => ({ address: addressOf(server) }));
    await using stack = new AsyncDisposableStack();
    for (const server of servers) stack.use(server);
    const nginx = stack.use(await Nginx.started(upstreams));

    const traffic = new Traffic(`${nginx.url}/api/example`, methods);
    for (const [index, server] of servers.entries()) {
      await traffic.goesOn();
      if (isTold) await nginx.reload(upstreams.map((one, position) => ({ ...one, isDown: position === index })));
      server.signal('SIGTERM');
      expect(await server.exitCode()).toBe(0);
      await traffic.goesOn();
      await server.startedAgain({ env: { PORT: new URL(server.url).port } });
      if (isTold) await nginx.reload(upstreams);
    }
    await traffic.goesOn();
    const { failures, answers } = await traffic.ended();
    expect([failures, answers > 100]).toEqual([[], true]);
  });
});

/** A stream of server-sent events, as far as it was read. */
class EventStream {
  #text = '';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  private constructor(private readonly response: Response) {
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader();
  }

  static async opened(url: string): Promise<EventStream> {
    return new EventStream(await fetch(url));
  }

  get type(): string | null {
    return this.response.headers.get('content-type');
  }

  /** How many comments have come. */
  get comments(): number {
    return this.#text.split('\n').filter((line) => line.startsWith(':')).length;
  }

  /** The types of the events that have come. */
  get events(): string[] {
    return [...this.#text.matchAll(/^event: (.*)$/gm)].map(([, type = '']) => type);
  }

  async readUntil(isEnough: () => boolean): Promise<void> {
    const decoder = new TextDecoder();
    while (!isEnough()) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`The stream ended after: ${this.#text}`);
      this.#text += decoder.decode(value, { stream: true });
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

/** Requests by several clients at a time, until it is ended. */
class Traffic {
  readonly failures: string[] = [];
  answers = 0;
  #isEnded = false;
  readonly #clients: Promise<void[]>;

  constructor(url: string, methods: readonly string[]) {
    this.#clients = Promise.all([...methods, ...methods].map((method) => this.#send(url, method)));
  }

  /** Resolves when each client has had answers since. */
  async goesOn(): Promise<void> {
    const enough = this.answers + 100;
    await waitFor(() => this.answers >= enough);
  }

  async ended(): Promise<this> {
    this.#isEnded = true;
    await this.#clients;
    return this;
  }

  async #send(url: string, method: string): Promise<void> {
    const body = method === 'POST' ? '{"text":"a note"}' : undefined;
    while (!this.#isEnded) {
      const failure = await failureOf(url, method, body);
      if (failure !== undefined) this.failures.push(`${method}: ${failure}`);
      this.answers++;
    }
  }
}

/** One request on a connection of its own: nginx ends kept connections when it reloads, which clients have to expect. */
function failureOf(url: string, method: string, body: string | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request(url, { method, agent: false, headers: JSON_TYPE }, (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      answer.once('close', () => resolve(statusCode >= 400 || !answer.complete ? String(statusCode) : undefined));
    });
    sent.once('error', (error) => resolve(String(error)));
    sent.end(body);
  });
}
