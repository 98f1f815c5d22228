/** Multipart uploads hold no memory but what is on its way, and leave none behind, also where they are broken off. */
import { request } from 'node:http';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';

const IS_FULL = process.env['PANOTTI_TEST_FULL'] === '1';
const MIB = 1024 * 1024;
/** Of uploads of 10 MiB, six at a time. */
const ROUNDS = IS_FULL ? 6 : 2;
const LARGE_BYTES = (IS_FULL ? 1_024 : 160) * MIB;
const HEAD =
  '--edge\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\ncontent-type: application/octet-stream\r\n\r\n';
const TAIL = '\r\n--edge--\r\n';

const setup = {
  panotti: 'plugins:\n  directories: [../plugins]\n',
  pluginFolders: ['takes-bodies'],
  nodeArgs: ['--expose-gc'],
};

interface Memory {
  readonly external: number;
  readonly rss: number;
}

async function memoryOf(server: ServerProcess, collect: 'yes' | 'no'): Promise<Memory> {
  return (await (await fetch(`${server.url}/api/takes-bodies/memory?collect=${collect}`)).json()) as Memory;
}

/** @param abortAt bytes after which the client goes away @returns what the handler has counted, or how the connection ended */
async function upload(server: ServerProcess, bytes: number, abortAt = Infinity): Promise<unknown> {
  const piece = Buffer.alloc(64 * 1024);
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const headers = { 'content-type': 'multipart/form-data; boundary=edge' };
  const sent = request(`${server.url}/api/takes-bodies/upload`, { method: 'POST', headers }, (answer) => {
    const texts: string[] = [];
    answer
      .on('data', (chunk: Buffer) => texts.push(chunk.toString()))
      .on('end', () => resolve(JSON.parse(texts.join(''))));
  });
  sent.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  let goOn = (): void => undefined;
  sent.on('drain', () => goOn()).on('close', () => goOn());
  sent.write(HEAD);
  for (let count = 0; count < bytes; count += piece.length) {
    if (count >= abortAt) {
      sent.destroy();
      break;
    }
    if (!sent.write(piece)) await new Promise<void>((drained) => (goOn = drained));
  }
  sent.end(TAIL);
  return promise;
}

async function sixAtATime(work: () => Promise<unknown>): Promise<string[]> {
  const outcomes: unknown[] = [];
  for (let round = 0; round < ROUNDS; round++) outcomes.push(...(await Promise.all(Array.from({ length: 6 }, work))));
  return [...new Set(outcomes.map((outcome) => JSON.stringify(outcome)))];
}

describe('the memory of multipart uploads', () => {
  it(`is free again after ${ROUNDS * 6} parallel ones of 10 MiB and as many that were broken off`, async () => {
    await using server = await ServerProcess.started(setup);
    await upload(server, 10 * MIB);
    const before = await memoryOf(server, 'yes');

    expect(await sixAtATime(() => upload(server, 10 * MIB))).toEqual([JSON.stringify({ length: 10 * MIB })]);
    expect(await sixAtATime(() => upload(server, 10 * MIB, 5 * MIB))).toEqual(['"ECONNRESET"']);

    await waitFor(async () => (await memoryOf(server, 'yes')).external < before.external + 5 * MIB);
  }, 600_000);

  it(`does not grow with one of ${LARGE_BYTES / MIB} MiB`, async () => {
    await using server = await ServerProcess.started(setup);
    // What the first uploads need once.
    for (let count = 0; count < 3; count++) await upload(server, 30 * MIB);
    const { rss } = await memoryOf(server, 'yes');
    const over = new AbortController();
    let highest = 0;
    const watching = (async () => {
      while (!over.signal.aborted) highest = Math.max(highest, (await memoryOf(server, 'no')).rss);
    })();

    expect(await upload(server, LARGE_BYTES)).toEqual({ length: LARGE_BYTES });
    over.abort();
    await watching;

    expect(highest - rss).toBeLessThan(LARGE_BYTES / 4);
  }, 600_000);
});
