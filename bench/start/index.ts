/**
 * The built server with the plugins and the configuration that ship with it, against a plain Nest server, in turns: the time from the start of
 * the process to the first 200 of `/health/ready`, and its CPU and memory when it has been idle for a while. Linux only: reads /proc.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const ROUNDS = 9;
const IDLE_MS = 2_000;
/** Between two questions whether it is ready. */
const PAUSE_MS = 5;
/** Of /proc: a hundredth of a second on every Linux that Node runs on. */
const TICK_MS = 10;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLAIN = fileURLToPath(new URL('plain-server.ts', import.meta.url));

interface Start {
  readonly readyMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

export async function run(): Promise<BenchResult[]> {
  const [plain, panotti]: [Start[], Start[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    plain.push(await start([PLAIN]));
    panotti.push(await start(['--enable-source-maps', join(ROOT, 'dist/main.js')]));
  }
  const ratio = (key: keyof Start): number => medianOf(panotti, key) / medianOf(plain, key);
  const details = { plain: medians(plain), panotti: medians(panotti), rounds: ROUNDS };
  return [
    { id: 'start-ready', value: ratio('readyMs'), details },
    { id: 'start-cpu', value: ratio('cpuMs'), details },
    { id: 'start-rss', value: ratio('rssMb'), details },
  ];
}

async function start(args: readonly string[]): Promise<Start> {
  const data = await mkdtemp(join(tmpdir(), 'panotti-bench-start-'));
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), PANOTTI_DATA_DIR: data, NODE_ENV: 'production' };
  const startedMs = performance.now();
  const server = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await ready(server, port);
    const readyMs = performance.now() - startedMs;
    const cpuMs = await cpuMsOf(server);
    await sleep(IDLE_MS);
    return { readyMs, cpuMs, rssMb: await rssMbOf(server) };
  } finally {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
    await rm(data, { recursive: true, force: true });
  }
}

async function ready(server: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode}.`);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return;
    await sleep(PAUSE_MS);
  }
}

/** User and system time of all its threads. */
async function cpuMsOf({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // What stands before the last parenthesis is the name of the program, which may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function rssMbOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function medianOf(starts: readonly Start[], key: keyof Start): number {
  return median(starts.map((one) => one[key]));
}

function medians(starts: readonly Start[]): Start {
  return { readyMs: medianOf(starts, 'readyMs'), cpuMs: medianOf(starts, 'cpuMs'), rssMb: medianOf(starts, 'rssMb') };
}
