import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { serverSentEvents } from '../../../demo/server-sent-events.js';
import { MemoryStore, type Store } from '../../../../src/storage/index.js';
import { waitFor } from '../../../support/wait-for.js';
import { temporaryDirectories } from '../support/temporary-directory.js';
import { waveBytes } from '../support/wave-bytes.js';
import { RecordingsServer, type RequestBody } from './recordings-server.js';

const UNKNOWN = '3b241101-e2bb-4255-8caf-4136c566a962';
const newDirectory = temporaryDirectories();
let directory: string;
let server: RecordingsServer;
let store: Store;

beforeEach(async () => {
  directory = newDirectory();
  store = new MemoryStore();
  server = await RecordingsServer.start(directory, 50_000, store);
});
afterEach(() => server.stop());

const leftovers = (): string[] => readdirSync(join(directory, 'incoming'));
const put = (id: string, body: RequestBody, type = 'audio/wav'): Promise<{ status: number; body: unknown }> =>
  server.call('PUT', `/${id}/audio`, body, type);

/** A request body whose end the test decides. */
function openBody(): { body: ReadableStream<Uint8Array>; send: (piece: Uint8Array) => void; end: () => void } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  writer.closed.catch(() => undefined);
  return {
    body: readable,
    send: (piece) => void writer.write(piece).catch(() => undefined),
    end: () => void writer.close().catch(() => undefined),
  };
}

describe('a recording', () => {
  it('goes from its start to its end, and is published on the way', async () => {
    const id = await server.open('Interview');
    const file = waveBytes();

    expect(await put(id, file)).toMatchObject({ status: 200, body: { id, title: 'Interview', state: 'recorded' } });
    expect(await server.call('POST', `/${id}/end`)).toMatchObject({
      status: 200,
      body: { state: 'ended', audio: { bytes: file.length } },
    });

    const audio = await fetch(`${server.url}/${id}/audio`);
    expect(audio.headers.get('content-type')).toBe('audio/wav');
    expect(Buffer.from(await audio.arrayBuffer()).equals(file)).toBe(true);
    expect(server.published).toEqual([
      { recordingId: id, title: 'Interview' },
      {
        recordingId: id,
        file: join(directory, 'audio', `${id}.wav`),
        durationSeconds: 1,
        sampleRate: 8_000,
        channels: 1,
      },
    ]);
    expect(leftovers()).toEqual([]);
  });

  it('survives a restart, and what was half-written does not', async () => {
    const id = await server.open();
    await put(id, waveBytes());
    const before = await server.call('GET', `/${id}`);
    await server.stop();
    writeFileSync(join(directory, 'incoming', 'half'), 'half');
    server = await RecordingsServer.start(directory, 50_000, store);

    expect(await server.call('GET', `/${id}`)).toEqual(before);
    expect(leftovers()).toEqual([]);
  });

  it('is taken over from the files of an earlier version, the sound ones once', async () => {
    await server.stop();
    const recording = { id: UNKNOWN, state: 'open', startedAt: '2026-01-01T00:00:00.000Z' };
    mkdirSync(join(directory, 'sessions'));
    writeFileSync(join(directory, 'sessions', `${UNKNOWN}.json`), JSON.stringify(recording));
    writeFileSync(join(directory, 'sessions', 'broken.json'), '{"id":');
    writeFileSync(join(directory, 'sessions', 'other.json'), JSON.stringify(recording));
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    server = await RecordingsServer.start(directory, 50_000, store);

    expect(await server.call('GET', '')).toMatchObject({ body: { items: [recording], total: 1 } });
    expect(warn.mock.calls.flat().join()).toMatch(/broken\.json is ignored.*other\.json is ignored/);
    warn.mockRestore();
    expect(readdirSync(join(directory, 'sessions.taken-over'))).toHaveLength(3);
  });

  it('takes audio again until it has ended', async () => {
    const id = await server.open();
    await put(id, waveBytes());

    expect(await put(id, waveBytes({ data: Buffer.alloc(8_000) }))).toMatchObject({
      status: 200,
      body: { audio: { durationSeconds: 0.5 } },
    });
    await server.call('POST', `/${id}/end`);
    expect(await put(id, waveBytes())).toMatchObject({ status: 409 });
    expect(await server.call('POST', `/${id}/end`)).toMatchObject({ status: 409 });
  });

  it('keeps the audio that it had when new audio is refused', async () => {
    const id = await server.open();
    await put(id, waveBytes());
    await put(id, waveBytes({ data: Buffer.alloc(100), declaredBytes: 900 }));

    const audio = await fetch(`${server.url}/${id}/audio`);
    expect(Buffer.from(await audio.arrayBuffer()).equals(waveBytes())).toBe(true);
  });

  it('does not end without audio', async () => {
    const id = await server.open();

    expect(await server.call('POST', `/${id}/end`)).toMatchObject({ status: 409 });
    expect(await server.call('GET', `/${id}/audio`)).toMatchObject({ status: 404 });
  });

  it('ends once when many clients end it together', async () => {
    const id = await server.open();
    await put(id, waveBytes());

    const answers = await Promise.all(Array.from({ length: 10 }, () => server.call('POST', `/${id}/end`)));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect(server.published.length).toBe(2);
  });

  it.each([
    ['no audio', Buffer.from('<html>this is a page and no audio</html>'), 'audio/wav', 415],
    ['a body of another type', '{}', 'application/json', 415],
    ['a file that is cut off', waveBytes({ data: Buffer.alloc(100), declaredBytes: 900 }), 'audio/x-wav', 422],
    ['a file that is too large', waveBytes({ data: Buffer.alloc(60_000) }), 'application/octet-stream', 413],
  ])('refuses %s and leaves nothing', async (_what, body, type, status) => {
    const id = await server.open();

    expect(await put(id, typeof body === 'string' ? body : new Uint8Array(body), type)).toMatchObject({ status });
    expect(leftovers()).toEqual([]);
    expect(await server.call('GET', `/${id}`)).toMatchObject({ body: { state: 'open' } });
  });

  it('refuses what is too large by its announced length, before any of it comes', async () => {
    const id = await server.open();
    const headers = { 'content-type': 'audio/wav', 'content-length': 50_001 };
    const announced = request(`${server.url}/${id}/audio`, { method: 'PUT', headers });
    announced.flushHeaders();
    const [answer] = (await once(announced, 'response')) as [IncomingMessage];
    announced.on('error', () => undefined).destroy();

    expect(answer.statusCode).toBe(413);
  });

  it('refuses what is too large while it streams, with an answer, and leaves nothing', async () => {
    const id = await server.open();
    const { body, send } = openBody();
    const answer = put(id, body);
    for (let i = 0; i < 10; i++)
      send(i === 0 ? waveBytes({ data: Buffer.alloc(1_000_000) }).subarray(0, 10_000) : new Uint8Array(10_000));

    expect(await answer).toMatchObject({ status: 413 });
    expect(leftovers()).toEqual([]);
  });

  it('takes one upload at a time', async () => {
    const id = await server.open();
    const { body, send, end } = openBody();
    const first = put(id, body);
    send(waveBytes().subarray(0, 1_000));
    await waitFor(() => leftovers().length === 1);

    expect(await put(id, waveBytes())).toMatchObject({ status: 409 });
    expect(await server.call('POST', `/${id}/end`)).toMatchObject({ status: 409 });
    send(waveBytes().subarray(1_000));
    end();
    expect(await first).toMatchObject({ status: 200 });
  });

  it('leaves nothing when the client goes away', async () => {
    const id = await server.open();
    const { body, send } = openBody();
    const leave = new AbortController();
    const upload = server.call('PUT', `/${id}/audio`, body, 'audio/wav', leave.signal).catch(() => 'gone');
    send(waveBytes().subarray(0, 1_000));
    await waitFor(() => leftovers().length === 1);
    leave.abort();

    expect(await upload).toBe('gone');
    expect(await waitFor(() => leftovers().length === 0)).toBe(true);
    expect(await put(id, waveBytes())).toMatchObject({ status: 200 });
  });

  it('answers 503 to an upload when the plugin stops, and leaves nothing', async () => {
    const id = await server.open();
    const { body, send } = openBody();
    const upload = put(id, body);
    send(waveBytes().subarray(0, 1_000));
    await waitFor(() => leftovers().length === 1);
    await server.stopPlugin();

    expect(leftovers()).toEqual([]);
    expect(await upload).toMatchObject({ status: 503 });
  });
});

describe('the recordings API', () => {
  it.each([
    ['POST', '', JSON.stringify({ titel: 'x' }), 400],
    ['POST', '', JSON.stringify({ title: '' }), 400],
    ['POST', '', JSON.stringify({ title: 7 }), 400],
    ['GET', '?limit=0', undefined, 400],
    ['GET', '?limit=101', undefined, 400],
    ['GET', '?offset=-1', undefined, 400],
    ['GET', '?limit=ten', undefined, 400],
    ['GET', '/no-uuid', undefined, 400],
    ['GET', '/..%2f..%2fetc', undefined, 400],
    ['GET', `/${UNKNOWN}`, undefined, 404],
    ['GET', `/${UNKNOWN}/audio`, undefined, 404],
    ['GET', `/${UNKNOWN}/events`, undefined, 404],
    ['POST', `/${UNKNOWN}/end`, undefined, 404],
  ])('answers %s %s with body %s by %i', async (method, path, body, status) => {
    expect(await server.call(method, path, body, body === undefined ? undefined : 'application/json')).toMatchObject({
      status,
    });
  });

  it('answers an upload to an unknown recording by 404', async () => {
    expect(await put(UNKNOWN, waveBytes())).toMatchObject({ status: 404 });
  });

  it('lists a page, newest first, with the total', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.push(await server.open());
      // Started in the same millisecond, two would be sorted by their random ids.
      const startedMs = Date.now();
      await waitFor(() => Date.now() > startedMs);
    }

    expect(await server.call('GET', '?limit=1&offset=1')).toMatchObject({
      body: { items: [{ id: ids[1] }], total: 3 },
    });
    expect(await server.call('GET', '')).toMatchObject({
      body: { items: [{ id: ids[2] }, { id: ids[1] }, { id: ids[0] }] },
    });
  });
});

describe('the event stream', () => {
  it('carries every event of its recording and no other, and ends when the plugin stops', async () => {
    const [id, other] = [await server.open(), await server.open()];
    const response = await fetch(`${server.url}/${id}/events`);
    server.relay('other.done', { recordingId: other });
    server.relay('some.text', 'no object');
    server.relay('noise-reduction.progressed', { recordingId: id, percent: 10 });
    server.relay('any.thing', { recordingId: id });
    await server.stopPlugin();

    const events: unknown[] = [];
    if (response.body) for await (const event of serverSentEvents(response.body)) events.push(event);

    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(events).toEqual([
      {
        id: '1',
        name: 'noise-reduction.progressed',
        source: 'test',
        time: 0,
        payload: { recordingId: id, percent: 10 },
      },
      { id: '1', name: 'any.thing', source: 'test', time: 0, payload: { recordingId: id } },
    ]);
  });

  it('goes on after the last event that a client has got, and says where it cannot', async () => {
    const [id, other] = [await server.open(), await server.open()];
    for (const [event, recordingId] of [
      ['a', id],
      ['b', other],
      ['c', id],
      ['d', id],
    ] as const)
      server.relay('any.thing', { recordingId }, event);
    const after = async (lastEventId: string): Promise<Response> =>
      fetch(`${server.url}/${id}/events`, { headers: { 'last-event-id': lastEventId } });
    const responses = [await after('a'), await after('d'), await after('b'), await after('unknown')];
    server.relay('any.thing', { recordingId: id }, 'e');
    await server.stopPlugin();

    const ids = await Promise.all(
      responses.map(async (response) =>
        [...(await response.text()).matchAll(/^(?:id|event): (.*)$/gm)].map(([, one]) => one),
      ),
    );

    const [c, d, e] = ['c', 'd', 'e'].map((one) => ['any.thing', one]);
    expect(ids).toEqual([
      [c, d, e].flat(),
      e,
      ['recording.events-missed', 'b', ...(e ?? [])],
      ['recording.events-missed', 'unknown', ...(e ?? [])],
    ]);
  });
});
