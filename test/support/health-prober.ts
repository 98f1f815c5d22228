/** Watches `/health/live` and `/health/ready` of a server process while a test does to it what it does: F-25. */
import { Worker } from 'node:worker_threads';
import type { ServerProcess } from './server-process.ts';

export type ProbedPath = '/health/live' | '/health/ready';

export interface ProberResult extends Record<ProbedPath, { readonly timesMs: number[]; readonly statuses: number[] }> {
  /** Why it stopped by itself: an answer did not come at all, or nobody listens any more. */
  end: 'no answer' | 'no connection' | undefined;
}

const IS_FULL = process.env['PANOTTI_TEST_FULL'] === '1';
const LIVE_P99_MS = 50;
const READY_MAX_MS = 1_000;

export class HealthProber implements AsyncDisposable {
  readonly #server: ServerProcess;
  readonly #worker: Worker;
  readonly #result: Promise<ProberResult>;

  constructor(server: ServerProcess) {
    this.#server = server;
    this.#worker = new Worker(new URL('./health-prober.worker.ts', import.meta.url), { workerData: { url: server.url }, execArgv: [] });
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
    });
    // Looked at in the end.
    this.#result.catch(() => undefined);
  }

  /**
   * Ends the probing, and throws unless every question was answered: live with 200, ready with 200 or 503, as long as the server was there. In
   * the full form of the tests, where nothing else runs, also unless the answers came in time: live within 50 ms (99 of 100), ready within 1 s.
   */
  async verify(): Promise<void> {
    this.#worker.postMessage('stop');
    const { '/health/live': live, '/health/ready': ready, end } = await this.#result;
    const hasGone = this.#server.child.exitCode !== null || this.#server.child.signalCode !== null || this.#server.child.killed;
    const p99Ms = quantile(live.timesMs, 0.99);
    const maxMs = quantile(ready.timesMs, 1);
    const found = { asked: live.timesMs.length, end, p99Ms, maxMs, statuses: [...new Set([...live.statuses, ...ready.statuses])] };
    const problems = [
      ...(live.timesMs.length === 0 || ready.timesMs.length === 0 ? ['nothing was answered'] : []),
      ...(end === 'no answer' || (end === 'no connection' && !hasGone) ? [`${end} from a server that runs`] : []),
      ...(live.statuses.some((status) => status !== 200) ? ['live was not always 200'] : []),
      ...(ready.statuses.some((status) => status !== 200 && status !== 503) ? ['ready was neither 200 nor 503'] : []),
      ...(IS_FULL && p99Ms > LIVE_P99_MS ? [`the p99 of live is over ${LIVE_P99_MS} ms`] : []),
      ...(IS_FULL && maxMs > READY_MAX_MS ? [`ready took longer than ${READY_MAX_MS} ms`] : []),
    ];
    if (IS_FULL) process.stdout.write(`F-25 ${expect.getState().currentTestName ?? ''}: ${JSON.stringify(found)}\n`);
    if (problems.length > 0) throw new Error(`F-25 ${problems.join('; ')}: ${JSON.stringify(found)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
