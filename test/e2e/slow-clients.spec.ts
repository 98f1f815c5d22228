/** Clients that do not go on, against the built server: each gets an answer, holds nothing, and does not keep the server from ending. */
import { connect, type Socket } from 'node:net';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

interface Client extends Disposable {
  readonly socket: Socket;
  /** All that came so far. */
  readonly received: () => string;
  readonly isClosed: () => boolean;
}

function client(server: ServerProcess, head: readonly string[], body?: string): Client {
  const { port, hostname } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  let received = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined).on('close', () => (isClosed = true));
  socket.write(`${head.join('\r\n')}\r\n`);
  // Without a body the head is not complete either.
  if (body !== undefined) socket.write(`\r\n${body}`);
  return { socket, received: () => received, isClosed: () => isClosed, [Symbol.dispose]: () => socket.destroy() };
}

async function opened(server: ServerProcess): Promise<string> {
  const answer = await fetch(`${server.url}/api/recordings`, { method: 'POST' });
  return ((await answer.json()) as { id: string }).id;
}

const json = (path: string, ...more: string[]): string[] => [
  `POST ${path} HTTP/1.1`,
  'Host: a',
  'Content-Type: application/json',
  ...more,
];
const upload = (id: string): string[] => [
  `PUT /api/recordings/${id}/audio HTTP/1.1`,
  'Host: a',
  'Content-Type: audio/wav',
  'Content-Length: 9999',
];
const BEGINNING_OF_WAVE = 'RIFF\x00\x00\x01\x00WAVE';

describe('a client that does not go on', () => {
  it('is answered 408, whatever it sends, and the recording that it held is free again', async () => {
    const panotti = 'http:\n  headersTimeout: 1s\n  bodies: { timeout: 1s, idleTimeout: 1s }\n';
    await using server = await ServerProcess.started({ panotti });
    const id = await opened(server);
    using stuck = client(server, upload(id), BEGINNING_OF_WAVE);
    await waitFor(
      async () => (await fetch(`${server.url}/api/recordings/${id}/end`, { method: 'POST' })).status === 409,
    );
    using body = client(server, json('/api/recordings', 'Content-Length: 100'), '{');
    using chunks = client(server, json('/api/recordings', 'Transfer-Encoding: chunked'), '1\r\n{\r\n');
    using head = client(server, ['POST /api/recordings HTTP/1.1']);
    const clients = [stuck, body, chunks, head];
    await waitFor(() => clients.every(({ isClosed }) => isClosed()));

    expect(clients.map(({ received }) => received().split('\r\n')[0])).toEqual(
      clients.map(() => 'HTTP/1.1 408 Request Timeout'),
    );
    for (const { received } of clients)
      expect(JSON.parse(received().split('\r\n\r\n')[1] ?? '')).toMatchObject({ statusCode: 408 });
    const again = await fetch(`${server.url}/api/recordings/${id}/audio`, {
      method: 'PUT',
      body: 'x',
      headers: { 'content-type': 'audio/wav' },
    });
    expect([again.status, await again.text()]).toEqual([415, expect.stringContaining('too short to be a WAV file')]);
    server.signal('SIGTERM');
    expect(await server.exitCode()).toBe(0);
  });

  it('is answered 503 when the server stops, which ends with 0', async () => {
    const panotti = 'lifecycle:\n  drainTimeout: 2s\n';
    await using server = await ServerProcess.started({ panotti });
    const id = await opened(server);
    using stuck = client(server, upload(id), BEGINNING_OF_WAVE);
    await waitFor(
      async () => (await fetch(`${server.url}/api/recordings/${id}/end`, { method: 'POST' })).status === 409,
    );
    using body = client(server, json('/api/recordings', 'Content-Length: 100'), '{');
    using nowhere = client(server, json('/no/such/route', 'Transfer-Encoding: chunked'), '1\r\n{\r\n');
    using ignored = client(server, ['GET /api/recordings HTTP/1.1', 'Host: a', 'Content-Length: 100'], '{');
    using head = client(server, ['POST /api/recordings HTTP/1.1']);
    await waitFor(() => ignored.received() !== '' && nowhere.received() !== '');
    server.signal('SIGTERM');

    expect(await server.exitCode()).toBe(0);
    await waitFor(() => [stuck, body, nowhere, ignored, head].every(({ isClosed }) => isClosed()));
    const statuses = [stuck, body, nowhere, ignored].map(({ received }) =>
      received().slice('HTTP/1.1 '.length, 'HTTP/1.1 503'.length),
    );
    expect(statuses).toEqual(['503', '503', '404', '200']);
    expect(stuck.received()).toMatch(/^retry-after: 1\r$/m);
  });

  it('is told to go on only where its body will be read', async () => {
    await using server = await ServerProcess.started();
    const asking = ['Expect: 100-continue', 'Content-Length: 2'];
    using taken = client(server, json('/api/recordings', ...asking, 'Connection: close'), ' ');
    await waitFor(() => taken.received().startsWith('HTTP/1.1 100 Continue'));
    taken.socket.write(' ');
    using refused = client(
      server,
      ['POST /api/recordings HTTP/1.1', 'Host: a', 'Content-Type: image/png', ...asking],
      '',
    );
    await waitFor(() => taken.isClosed() && refused.isClosed());

    expect(refused.received()).toMatch(/^HTTP\/1\.1 415 /);
    expect(taken.received()).toContain('HTTP/1.1 400 ');
  });
});
