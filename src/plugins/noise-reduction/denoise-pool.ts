/** Cleans files in worker threads, so that the event loop of the server stays free. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { Injectable } from '@nestjs/common';
import { PluginContext } from 'panotti';
import { Piscina } from 'piscina';
import type { DenoiseOutcome, DenoiseTask } from './denoise.worker.js';
import { NoiseReductionConfig } from './noise-reduction.config.js';

export interface PoolJob extends Omit<DenoiseTask, 'progress'> {
  /** Ends the thread that works on the file. */
  readonly signal: AbortSignal;
  /** Called with 10, 20 … 100, always before the job ends. */
  readonly onProgress: (percent: number) => void;
}

/** An idle thread is kept for this long, since recordings tend to end together. */
const IDLE_TIMEOUT_MS = 30_000;

@Injectable()
export class DenoisePool {
  readonly #pool: Piscina<DenoiseTask, DenoiseOutcome>;

  constructor(config: NoiseReductionConfig, context: PluginContext) {
    this.#pool = new Piscina({
      filename: new URL('./denoise.worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: config.threads,
      idleTimeout: IDLE_TIMEOUT_MS,
    });
    context.adopt(this.#pool, (pool) => pool.destroy());
  }

  /** For the health check. */
  get load(): { threads: number; waiting: number } {
    return { threads: this.#pool.threads.length, waiting: this.#pool.queueSize };
  }

  /**
   * Waits for a thread and cleans one file.
   *
   * @throws the signal's reason, or the error of the thread
   */
  async clean({ signal, onProgress, ...task }: PoolJob): Promise<DenoiseOutcome> {
    const { port1: progress, port2 } = new MessageChannel();
    try {
      // Messages arrive outside the async context of this job; what is published from there is to carry its correlation id.
      progress.on('message', AsyncLocalStorage.bind(onProgress));
      const outcome = await this.#pool.run({ ...task, progress: port2 }, { signal, transferList: [port2] });
      for (const percent of waitingMessages(progress)) onProgress(percent);
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      progress.close();
    }
  }
}

/** The result comes through another port and may overtake the last messages. */
function* waitingMessages(port: MessagePort): Iterable<number> {
  // The worker sends nothing but numbers through it.
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) yield next.message as number;
}
