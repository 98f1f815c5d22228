/**
 * Cleaned audio: how many times faster than real time a file of 60 s is cleaned by the built server, and how `/health/live` answers while
 * it is.
 */
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchResult } from '../support/bench-result.ts';
import { BenchServer } from './bench-server.ts';

const FIXTURE = new URL('../../test/fixtures/audio/noisy-speech.wav', import.meta.url);
const SECONDS = 60;
const PROBE_EVERY_MS = 5;
const TIMEOUT_MS = 60_000;
const HEADER_BYTES = 44;

interface Completed {
  readonly realTimeFactor: number;
  readonly durationSeconds: number;
}

export async function run(): Promise<BenchResult[]> {
  const audio = await longRecording();
  const server = await BenchServer.start();
  try {
    // The first file pays for starting a thread and compiling the code; the second is measured.
    await clean(server, audio);
    const idle = await latencies(server, sleep(1_000));
    const cleaning = clean(server, audio);
    const busy = await latencies(server, cleaning);
    const { realTimeFactor, durationSeconds } = await cleaning;
    return [
      {
        id: 'audio-real-time',
        value: realTimeFactor,
        details: { realTimeFactor, durationSeconds },
      },
      {
        id: 'audio-live-p99',
        value: percentile(busy, 0.99),
        details: {
          requests: busy.length,
          p50Ms: percentile(busy, 0.5),
          p99Ms: percentile(busy, 0.99),
          idleP99Ms: percentile(idle, 0.99),
        },
      },
    ];
  } finally {
    await server.stop();
    await rm(server.directory, { recursive: true, force: true });
  }
}

/** The fixture, again and again. */
async function longRecording(): Promise<Buffer> {
  const fixture = await readFile(FIXTURE);
  const samples = fixture.subarray(HEADER_BYTES);
  const data = Buffer.alloc(SECONDS * fixture.readUInt32LE(28));
  for (let at = 0; at < data.length; at += samples.length) samples.copy(data, at);
  const header = Buffer.from(fixture.subarray(0, HEADER_BYTES));
  header.writeUInt32LE(HEADER_BYTES - 8 + data.length, 4);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

async function clean(server: BenchServer, audio: Buffer): Promise<Completed> {
  const { id } = (await server.call('POST', '/api/recordings')) as { id: string };
  const completed = server.event(id, 'noise-reduction.completed', TIMEOUT_MS);
  await completed.listening;
  await server.call('PUT', `/api/recordings/${id}/audio`, audio);
  await server.call('POST', `/api/recordings/${id}/end`);
  return (await completed.payload) as Completed;
}

/** How long `/health/live` takes, asked again and again until `until` settles, in milliseconds. */
async function latencies(server: BenchServer, until: Promise<unknown>): Promise<number[]> {
  const measured: number[] = [];
  const over = new AbortController();
  const end = (): void => over.abort();
  until.then(end, end);
  while (!over.signal.aborted) {
    const startedMs = performance.now();
    await server.call('GET', '/health/live');
    measured.push(performance.now() - startedMs);
    await sleep(PROBE_EVERY_MS);
  }
  return measured;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
