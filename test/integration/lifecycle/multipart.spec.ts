import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { Controller, Post } from '@nestjs/common';
import { AcceptsBody, type BodyPart, BodyParts, Plugin } from '../../../src/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { type HostApp, hostApp } from '../../support/host-app.js';
import { waitFor } from '../../support/wait-for.js';

/** What became of the last call of a handler. */
let ended: 'running' | 'returned' | 'thrown' = 'returned';
let seen: unknown[] = [];

@Controller()
class Uploads {
  @Post()
  @AcceptsBody({
    as: 'multipart',
    maxBytes: 100_000,
    maxFiles: 2,
    maxFileBytes: 50_000,
    maxFields: 3,
    maxFieldBytes: 100,
    maxParts: 4,
  })
  async receive(@BodyParts() parts: AsyncIterable<BodyPart> | undefined): Promise<unknown[]> {
    ended = 'running';
    seen = [];
    let isWhole = false;
    try {
      for await (const part of parts ?? []) {
        if (part.kind === 'field') seen.push([part.name, part.value]);
        else {
          let bytes = 0;
          for await (const chunk of part.stream) bytes += (chunk as Buffer).length;
          seen.push([part.name, part.filename, part.type, bytes]);
        }
      }
      isWhole = true;
      return seen;
    } finally {
      ended = isWhole ? 'returned' : 'thrown';
    }
  }

  @Post('unread')
  @AcceptsBody({ as: 'multipart' })
  async names(@BodyParts() parts: AsyncIterable<BodyPart>): Promise<string[]> {
    const names = [];
    for await (const { name } of parts) names.push(name);
    return names;
  }

  @Post('first')
  @AcceptsBody({ as: 'multipart' })
  async first(@BodyParts() parts: AsyncIterable<BodyPart>): Promise<string> {
    for await (const { name } of parts) return name;
    return 'none';
  }

  @Post('ignored')
  @AcceptsBody({ as: 'multipart' })
  ignored(): string {
    return 'ignored';
  }

  @Post('json')
  json(): string {
    return 'json';
  }
}

@Plugin({ name: 'uploads', version: '1.0.0', controllers: [Uploads] })
class UploadsPlugin {}

const BOUNDARY = 'x';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const field = (name: string, value: string): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, content: string, filename = 'a.txt'): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n${content}\r\n`;
const END = '--x--\r\n';

describe('a multipart body', () => {
  let test: HostApp;
  const clock = new FakeClock();
  beforeAll(async () => {
    test = await hostApp([UploadsPlugin], { clock });
    await test.app.listen(0, '127.0.0.1');
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const post = (path: string, payload: string, type = TYPE) =>
    test.app.inject({ method: 'POST', url: `/api/uploads${path}`, headers: { 'content-type': type }, payload });

  it('comes in parts: texts, and files as streams', async () => {
    const form = new FormData();
    form.set('title', 'Grüße');
    form.set('audio', new Blob(['x'.repeat(40_000)], { type: 'audio/wav' }), 'one.wav');
    form.append('audio', new Blob([]), 'empty.wav');
    const answer = await fetch(`${await test.app.getUrl()}/api/uploads`, { method: 'POST', body: form });

    expect([answer.status, await answer.json()]).toEqual([
      201,
      [
        ['title', 'Grüße'],
        ['audio', 'one.wav', 'audio/wav', 40_000],
        ['audio', 'empty.wav', 'application/octet-stream', 0],
      ],
    ]);
  });

  it.each([
    ['whose files are not read', '/unread', ['a', 'f', 'b']],
    ['that is not read to its end', '/first', 'a'],
    ['that the handler does not want', '/ignored', 'ignored'],
  ])('%s holds nothing up', async (_what, path, expected) => {
    const answer = await post(path, field('a', '1') + file('f', 'y'.repeat(200_000)) + field('b', '2') + END);

    expect(answer.statusCode).toBe(201);
    expect(answer.body).toBe(typeof expected === 'string' ? expected : JSON.stringify(expected));
  });

  it.each<[status: number, what: string, payload: string, message: string]>([
    [413, 'too many files', file('a', '1') + file('b', '2') + file('c', '3') + END, 'The body has more than 2 files.'],
    [
      413,
      'too many fields',
      ['a', 'b', 'c', 'd'].map((name) => field(name, '1')).join('') + END,
      'The body has more than 3 fields.',
    ],
    [
      413,
      'too many parts',
      field('a', '1') + field('b', '1') + field('c', '1') + file('d', '1') + file('e', '1') + END,
      'The body has more than 4 parts.',
    ],
    [
      413,
      'a file that is too large',
      file('a', 'x'.repeat(50_001)) + END,
      'The body has a file of more than 50000 bytes.',
    ],
    [
      413,
      'a field that is too large',
      field('a', 'x'.repeat(101)) + END,
      'The body has a field of more than 100 bytes.',
    ],
    [
      413,
      'a name that is too long',
      field('n'.repeat(300), '1') + END,
      'The body has a field whose name is longer than 200 bytes.',
    ],
    [
      413,
      'more than its route takes',
      file('a', 'x'.repeat(45_000)) + file('b', 'x'.repeat(45_000)) + field('p', 'y'.repeat(20_000)) + END,
      'The body is larger than 100000 bytes.',
    ],
    [
      400,
      'a name that could change a prototype',
      field('__proto__', '1') + END,
      'The body has a field whose name could change a prototype.',
    ],
    [400, 'no end', field('a', '1'), 'The body is not valid multipart, or does not come to its end.'],
    [
      400,
      'an end within a file',
      file('a', 'x'.repeat(1_000)).slice(0, -10),
      'The body is not valid multipart, or does not come to its end.',
    ],
    [
      400,
      'another boundary',
      field('a', '1').replace('--x', '--y') + '--y--\r\n',
      'The body is not valid multipart, or does not come to its end.',
    ],
    [400, 'what is not multipart at all', '{"a":1}', 'The body is not valid multipart, or does not come to its end.'],
  ])('is refused with %i for %s', async (status, _what, payload, message) => {
    const answer = await post('', payload);

    expect([answer.statusCode, answer.json<{ message: string }>().message]).toEqual([status, message]);
    expect(ended).not.toBe('running');
  });

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=""',
    `multipart/form-data; boundary=${'b'.repeat(71)}`,
    'multipart/form-data; boundary="a\tb"',
  ])('is refused with 400 for its boundary, before the handler is called: %s', async (type) => {
    ended = 'returned';
    seen = ['untouched'];
    const answer = await post('', END, type);

    expect([answer.statusCode, seen]).toEqual([400, ['untouched']]);
  });

  it.each(['multipart/mixed; boundary=x', 'text/plain', 'application/json'])(
    'is not taken for one of another type: %s',
    async (type) => {
      expect((await post('', END, type)).statusCode).toBe(415);
    },
  );

  it('refuses a multipart body with 415 on every other route', async () => {
    const answer = await post('/json', field('a', '1') + END);

    expect([answer.statusCode, answer.headers['accept']]).toEqual([
      415,
      'application/json, application/x-www-form-urlencoded',
    ]);
  });

  /** Sends the beginning of a body that says to be longer. */
  async function begin(payload: string): Promise<{ socket: Socket; answer: () => string }> {
    const { port } = new URL(await test.app.getUrl());
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(
      `POST /api/uploads HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: 90000\r\n\r\n${payload}`,
    );
    ended = 'returned';
    await waitFor(() => ended === 'running');
    return { socket, answer: () => text };
  }

  it.each([
    ['within a file', file('a', 'x'.repeat(1_000))],
    ['between two parts', field('a', '1')],
    ['within a field', field('a', '1').slice(0, -4)],
  ])('that stops %s is answered 408, and the handler goes on', async (_where, payload) => {
    const { socket, answer } = await begin(payload);
    await clock.advance(10_000);
    await waitFor(() => answer().startsWith('HTTP/1.1 408'));
    socket.destroy();

    expect(ended).toBe('thrown');
  });

  it('answers a multipart body that drips with 408', async () => {
    const { socket, answer } = await begin(file('a', 'x').slice(0, -2));
    for (let second = 0; second < 40 && answer() === ''; second++) {
      socket.write('y');
      await clock.advance(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(10_000);
    await waitFor(() => answer().startsWith('HTTP/1.1 408'));
    socket.destroy();

    expect(ended).toBe('thrown');
  });

  it.each([
    ['within a file', file('a', 'x'.repeat(1_000))],
    ['between two parts', field('a', '1')],
  ])('whose client goes away %s fails in the handler', async (_where, payload) => {
    const { socket } = await begin(payload);
    socket.destroy();
    await once(socket, 'close');

    await waitFor(() => ended === 'thrown');
  });

  it('leaves no file in the temporary folder, whatever becomes of it', async () => {
    const before = new Set(await readdir(tmpdir()));
    await post('', file('a', 'x'.repeat(40_000), '../../etc/passwd') + END);
    await post('', file('a', 'x'.repeat(60_000)) + END);
    const after = (await readdir(tmpdir())).filter((name) => !before.has(name) && /passwd|\.txt$/.test(name));

    expect(after).toEqual([]);
    expect(seen.length).toBeLessThan(2);
  });
});
