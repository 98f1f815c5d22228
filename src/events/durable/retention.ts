/** Removes from the log what every subscription has dealt with, once it is old or the store is large. */
import type { Clock } from '../../common/index.js';
import type { Store } from '../../storage/index.js';
import type { DurableOptions } from './durable.options.js';

/** The event loop waits for each step. */
const STEP = 1_000;

export class Retention {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: DurableOptions,
  ) {}

  /** One step. @returns whether there may be more to remove */
  async trim(): Promise<boolean> {
    const { first, last, bytes } = await this.store.logStatus();
    const cursors = await this.store.cursors();
    const dealtWith = Math.min(last, ...[...cursors.values()].map(({ position }) => position));
    const through = Math.min(dealtWith, first + STEP - 1);
    if (through < first) return false;
    const isLarge = bytes > this.options.retentionBytes;
    const end = isLarge ? through : await this.#oldThrough(first, through);
    if (end < first) return false;
    await this.store.commit([{ op: 'trim', through: end }]);
    return end === through;
  }

  /** The last position up to which everything is old. */
  async #oldThrough(first: number, through: number): Promise<number> {
    const before = this.clock.now() - this.options.retention * 1_000;
    const young = await this.store.readLog({ after: first - 1, through, fromTime: before, limit: 1 });
    return young.entries[0] ? young.entries[0].position - 1 : through;
  }
}
