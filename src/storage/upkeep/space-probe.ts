/**
 * Tries, while the disk is full, whether there is space again: a server that is not ready is sent nothing that it would have to store, and
 * would never know.
 */
import type { Clock, ClockTimer } from '../../common/index.js';
import { StoreFullError } from '../storage.errors.js';
import type { StoreStatus } from '../store-status.js';
import type { Store } from '../store.port.js';

const INTERVAL_MS = 1_000;

/** Enough that space which a few small records would use up at once does not count. */
const PROBE = 'x'.repeat(65_536);

const PLACE = { table: 'panotti-space', scope: 'probe', key: 'probe' } as const;

export class SpaceProbe {
  #timer: ClockTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly store: Store,
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
    try {
      await this.store.commit([{ op: 'put', ...PLACE, value: PROBE }]);
      await this.store.commit([{ op: 'delete', ...PLACE }]);
    } catch (error) {
      // Anything else ends the store.
      if (error instanceof StoreFullError) this.#schedule();
    }
  }
}
