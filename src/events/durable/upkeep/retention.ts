/** Removes from the log what every subscription has dealt with, once it is old or the store is large. */
import type { Store } from '../../../storage/index.js';
import { JUMP_MS } from '../clock/clock-stretches.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DurableOptions } from '../durable.options.js';

/** The event loop waits for each step. */
const STEP = 1_000;

export class Retention {
  constructor(
    private readonly store: Store,
    private readonly dues: DueClock,
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
    const now = this.dues.now();
    const before = now - this.options.retention * 1_000;
    // Whatever was stored in an earlier stretch is old, and in a later one young, whatever the wall clock has shown.
    const stretch = this.dues.stretchAt(before);
    const [after, end] = [Math.max(first - 1, stretch.after), Math.min(through, stretch.through)];
    if (after >= end) return end;
    const [fromTime, beforeTime] = [before - stretch.aheadMs, now - stretch.aheadMs + JUMP_MS];
    const young = await this.store.readLog({ after, through: end, fromTime, beforeTime, limit: 1 });
    return young.entries[0] ? young.entries[0].position - 1 : end;
  }
}
