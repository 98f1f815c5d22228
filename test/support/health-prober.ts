/** Watches `/health/live` and `/health/ready` of a server process while a test does to it what it does: F-25. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { waitFor } from './wait-for.ts';
import type { ServerProcess } from './server-process.ts';

/** `/` is asked of a server that does nothing else. */
export type ProbedPath = '/health/live' | '/health/ready' | '/';

export interface Answers {
  readonly timesMs: number[];
  readonly statuses: number[];
}

export interface ProberResult extends Record<ProbedPath, Answers> {
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

  /** Begins to ask; resolves once the first answers are there. */
  static async of(server: ServerProcess): Promise<HealthProber> {
    const prober = new HealthProber(server);
    await once(prober.#worker, 'message');
    return prober;
  }

  private constructor(server: ServerProcess) {
    this.#server = server;
    this.#worker = new Worker(new URL('./health-prober.worker.ts', import.meta.url), {
      workerData: { url: server.url, isTimed: IS_FULL },
      execArgv: [],
    });
    this.#result = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: ProberResult | 'asking') =>
        message === 'asking' ? undefined : resolve(message),
      );
      this.#worker.once('error', reject);
    });
    // Looked at in the end.
    this.#result.catch(() => undefined);
  }

  /**
   * Ends the probing, and throws unless every question was answered: live with 200, ready with 200 or 503, as long as the server was there. In
   * the full form of the tests also unless the answers came in time: 99 of 100 of live within 50 ms, but for one where the server had no time
   * for a hundred, and all of ready within a second; where the machine is so busy with others that a server which does nothing takes long,
   * within three times its time.
   */
  async verify(): Promise<void> {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
    this.#worker.postMessage('stop');
    const { '/health/live': live, '/health/ready': ready, '/': control, end } = await this.#result;
    // It has closed its port, and ends in a moment.
    const hasGone = end === 'no connection' && (await waitFor(() => this.#hasEnded(), 30_000).catch(() => false));
    const p99Ms = quantile(live.timesMs, Math.min(0.99, 1 - 1.5 / live.timesMs.length));
    const maxMs = quantile(ready.timesMs, 1);
    const others = IS_FULL
      ? { p99Ms: quantile(control.timesMs, 0.99), maxMs: quantile(control.timesMs, 1) }
      : { p99Ms: 0, maxMs: 0 };
    const limits = { p99Ms: Math.max(LIVE_P99_MS, 3 * others.p99Ms), maxMs: Math.max(READY_MAX_MS, 3 * others.maxMs) };
    const found = {
      asked: live.timesMs.length,
      end,
      p99Ms,
      maxMs,
      others,
      statuses: [...new Set([...live.statuses, ...ready.statuses])],
    };
    const problems = [
      ...(end === 'no answer' || (end === 'no connection' && !hasGone) ? [`${end} from a server that runs`] : []),
      ...(live.statuses.some((status) => status !== 200) ? ['live was not always 200'] : []),
      ...(ready.statuses.some((status) => status !== 200 && status !== 503) ? ['ready was neither 200 nor 503'] : []),
      ...(IS_FULL && p99Ms > limits.p99Ms ? [`the p99 of live is over ${limits.p99Ms} ms`] : []),
      ...(IS_FULL && maxMs > limits.maxMs ? [`ready took longer than ${limits.maxMs} ms`] : []),
    ];
    if (IS_FULL) process.stdout.write(`F-25 ${expect.getState().currentTestName ?? ''}: ${JSON.stringify(found)}\n`);
    if (problems.length > 0) throw new Error(`F-25 ${problems.join('; ')}: ${JSON.stringify(found)}`);
  }

  #hasEnded(): boolean {
    const { exitCode, signalCode, killed } = this.#server.child;
    return exitCode !== null || signalCode !== null || killed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
