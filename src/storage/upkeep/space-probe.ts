/**
 * Checks once a second, while the disk is full, if there is space again. A server that is not ready gets no requests that would store
 * anything, so it would never notice.
 */
import type { Clock, ClockTimer } from '../../common/index.js';
import type { StoreStatus } from '../store-status.js';
import type { StoreUpkeep } from './store-upkeep.port.js';

const INTERVAL_MS = 1_000;

export class SpaceProbe {
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly upkeep: StoreUpkeep,
    private readonly clock: Clock,
    private readonly status: StoreStatus,
  ) {}

  start(): void {
    this.status.onFullness((isFull) => {
      if (isFull) this.#schedule();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #schedule(): void {
    if (this.#timer || this.#isStopped) return;
    this.#timer = this.clock.after(
      INTERVAL_MS,
      () => {
        this.#timer = undefined;
        this.#running = this.#probe();
      },
      { background: true },
    );
  }

  async #probe(): Promise<void> {
    // A store that fails for another reason ends the process.
    const hasSpace = await this.upkeep.hasSpace().catch(() => true);
    if (!hasSpace) this.#schedule();
  }
}
