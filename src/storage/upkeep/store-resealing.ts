/** Seals the whole store again after encryption was turned on or off, or the key was changed: in the background, while the store is used. */
import { Logger } from '@nestjs/common';
import { type Clock, messageOf } from '../../common/index.js';
import { StoreFullError } from '../storage.errors.js';
import type { StoreStatus } from '../store-status.js';
import type { ResealStep } from '../stored.js';
import type { StoreUpkeep } from './store-upkeep.port.js';

/** Between two steps, of some milliseconds each. */
const PAUSE_MS = 20;
const FULL_PAUSE_MS = 5_000;
const REPORT_MS = 10_000;

export class StoreResealing {
  readonly #logger = new Logger('Store');
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #damaged = 0;
  #reportedMs = 0;

  constructor(
    private readonly upkeep: StoreUpkeep,
    private readonly clock: Clock,
    private readonly status: StoreStatus,
  ) {}

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#logger.error(
        `The store could not be sealed with the current key; this is repeated after the next start: ${messageOf(error)}`,
      );
    });
  }

  /** Resolves when the step under way has ended. The next start goes on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let step = await this.#step(undefined);
    if (!step) return;
    this.#reportedMs = this.clock.monotonicMs();
    this.#logger.log(
      `The store is being sealed again while it is used: about ${step.left} events and records are left.`,
    );
    while (step && !signal.aborted) {
      this.#report(step);
      await this.clock.sleep(PAUSE_MS, signal);
      if (signal.aborted) return;
      step = await this.#step(step.next);
    }
    if (signal.aborted) return;
    this.status.resealed(0);
    this.#logger.log(
      'The whole store is sealed with the current key, or unsealed if there is no key. Previous keys are not needed any more.',
    );
    if (this.#damaged > 0)
      this.#logger.warn(`${this.#damaged} damaged events or records could not be opened and stay as they were.`);
  }

  /** A step for which there is no space is taken again. */
  async #step(from: string | undefined): Promise<ResealStep | undefined> {
    for (;;) {
      try {
        return await this.upkeep.reseal(from);
      } catch (error) {
        if (!(error instanceof StoreFullError) || this.#stop.signal.aborted) throw error;
        await this.clock.sleep(FULL_PAUSE_MS, this.#stop.signal);
      }
    }
  }

  #report({ left, damaged }: ResealStep): void {
    this.status.resealed(left);
    this.#damaged += damaged;
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#reportedMs < REPORT_MS) return;
    this.#reportedMs = nowMs;
    this.#logger.log(`Sealing the store again: about ${left} events and records are left.`);
  }
}
