/* oxlint-disable unicorn/require-post-message-target-origin -- a port between threads, not a window */
/** Asks a server for its health again and again, from a thread of its own: a test that is busy itself would measure itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { Answers, ProbedPath, ProberResult } from './health-prober.ts';

const PAUSE_MS = 20;
/** An answer that has not come by then will not come. */
const GIVE_UP_MS = 60_000;

/** What a server that has just begun compiles for its first answers is not the matter. */
const WARM_UP = 50;
/** So many answers make a p99; where the server lives, they are waited for. */
const ENOUGH = 300;

/** A server that does nothing but answer, to tell how busy the machine is with others. */
const CONTROL = `const server = require('node:http').createServer((_, response) => response.end());
server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

const { url, isTimed } = workerData as { url: string; isTimed: boolean };
const agent = new Agent({ keepAlive: true });
const answers = (): Answers => ({ timesMs: [], statuses: [] });
const result: ProberResult = { '/health/live': answers(), '/health/ready': answers(), '/': answers(), end: undefined };
const QUESTIONS: readonly ProbedPath[] = ['/health/live', '/health/ready', ...(isTimed ? (['/'] as const) : [])];
let isAsking = false;
const stop = new AbortController();
const over = new AbortController();

async function ask(base: string, path: ProbedPath): Promise<void> {
  for (;;) {
    try {
      await askOnce(base, path);
      return;
    } catch (error) {
      // A connection that was idle may be closed in the moment of its use; that says nothing of the server.
      if (!(error instanceof ConnectionReused)) throw error;
    }
  }
}

class ConnectionReused extends Error {}

function askOnce(base: string, path: ProbedPath): Promise<void> {
  return new Promise((resolve, reject) => {
    const begunAt = performance.now();
    const request = get(`${base}${path}`, { agent, signal: AbortSignal.timeout(GIVE_UP_MS) }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => {
        result[path].timesMs.push(performance.now() - begunAt);
        result[path].statuses.push(response.statusCode ?? 0);
        tellOnce();
        resolve();
      });
    });
    request.on('error', (error) => reject(request.reusedSocket && !isTimeout(error) ? new ConnectionReused() : error));
  });
}

/** That every question has had its first answers, which do not count where time is measured. */
function tellOnce(): void {
  if (isAsking || !QUESTIONS.every((path) => result[path].timesMs.length >= (isTimed ? WARM_UP : 1))) return;
  isAsking = true;
  if (isTimed) for (const path of QUESTIONS) result[path].timesMs.length = 0;
  parentPort?.postMessage('asking');
}

function isTimeout(error: Error): boolean {
  return error.name === 'AbortError' || error.name === 'TimeoutError';
}

function isOver(path: ProbedPath): boolean {
  const isEnough = !isTimed || result[path].timesMs.length >= ENOUGH;
  return over.signal.aborted || (stop.signal.aborted && isEnough);
}

async function probe(base: string, path: ProbedPath): Promise<void> {
  while (!isOver(path)) {
    await ask(base, path);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function probeControl(): Promise<void> {
  const control = spawn(process.execPath, ['-e', CONTROL], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(control.stdout, 'data')) as [Buffer];
    await probe(`http://127.0.0.1:${port.toString().trim()}`, '/');
  } finally {
    control.kill();
  }
}

async function probeServer(): Promise<void> {
  try {
    await Promise.all([probe(url, '/health/live'), probe(url, '/health/ready')]);
  } catch (error) {
    result.end = isTimeout(error as Error) ? 'no answer' : 'no connection';
  } finally {
    over.abort();
  }
}

parentPort?.once('message', () => stop.abort());
await Promise.all([probeServer(), isTimed ? probeControl() : undefined]);
agent.destroy();
parentPort?.postMessage(result);
