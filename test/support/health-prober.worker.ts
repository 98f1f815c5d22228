/** Asks a server for its health again and again, from a thread of its own: a test that is busy itself would measure itself. */
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { ProbedPath, ProberResult } from './health-prober.ts';

const PAUSE_MS = 20;
/** An answer that has not come by then will not come. */
const GIVE_UP_MS = 10_000;

const { url } = workerData as { url: string };
const agent = new Agent({ keepAlive: true });
const result: ProberResult = {
  '/health/live': { timesMs: [], statuses: [] },
  '/health/ready': { timesMs: [], statuses: [] },
  end: undefined,
};
let isOver = false;

function ask(path: ProbedPath): Promise<void> {
  return new Promise((resolve, reject) => {
    const begunAt = performance.now();
    const request = get(`${url}${path}`, { agent, signal: AbortSignal.timeout(GIVE_UP_MS) }, (response) => {
      response.resume().on('error', reject);
      response.on('end', () => {
        result[path].timesMs.push(performance.now() - begunAt);
        result[path].statuses.push(response.statusCode ?? 0);
        resolve();
      });
    });
    // A connection that was idle may be closed in the moment of its use; that says nothing of the server.
    request.on('error', (error) => (request.reusedSocket && !isTimeout(error) ? ask(path).then(resolve, reject) : reject(error)));
  });
}

function isTimeout(error: Error): boolean {
  return error.name === 'AbortError' || error.name === 'TimeoutError';
}

async function probe(path: ProbedPath): Promise<void> {
  while (!isOver) {
    await ask(path);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

parentPort?.once('message', () => (isOver = true));
try {
  await Promise.all([probe('/health/live'), probe('/health/ready')]);
} catch (error) {
  isOver = true;
  result.end = isTimeout(error as Error) ? 'no answer' : 'no connection';
}
agent.destroy();
parentPort?.postMessage(result);
