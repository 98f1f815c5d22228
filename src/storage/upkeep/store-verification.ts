/** Reads the whole store once after each start, in the background, so that damage is found before the damaged data is needed. */
import { Logger } from '@nestjs/common';
import { type Clock, messageOf } from '../../common/index.js';
import type { StoreUpkeep } from './store-upkeep.port.js';

/** Between two steps, of some milliseconds each. */
const PAUSE_MS = 20;

export class StoreVerification {
  readonly #logger = new Logger('Store');
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly upkeep: StoreUpkeep,
    private readonly clock: Clock,
  ) {}

  start(): void {
    this.#running = this.#run().catch((error: unknown) =>
      this.#logger.error(`The store could not be verified: ${messageOf(error)}`),
    );
  }

  /** Resolves when the step under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    // Where there is only one step, such as in memory, no timer is left behind.
    let next = await this.upkeep.verify();
    while (next !== undefined) {
      await this.clock.sleep(PAUSE_MS, signal);
      if (signal.aborted) return;
      next = await this.upkeep.verify(next);
    }
  }
}
