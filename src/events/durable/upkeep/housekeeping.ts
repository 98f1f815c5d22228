/** Removes from the store what is not needed any more: every minute, from the first event on, because a store without any needs no care. */
import { Logger } from '@nestjs/common';
import { messageOf, type Clock, type ClockTimer } from '../../../common/index.js';
import type { FaultPoints, Store } from '../../../storage/index.js';
import { JUMP_MS } from '../clock/clock-stretches.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DurableOptions } from '../durable.options.js';
import type { Deduplication } from '../intake/deduplication.js';
import type { LogRange } from '../records/log-range.js';
import type { MissingSubscriptions } from '../subscribers/missing-subscriptions.js';

const INTERVAL_MS = 60_000;

export interface HousekeepingDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly dues: DueClock;
  readonly options: DurableOptions;
  readonly log: LogRange;
  readonly missing: MissingSubscriptions;
  readonly deduplication: Deduplication;
  readonly faults: FaultPoints;
}

export class Housekeeping {
  readonly #dependencies: HousekeepingDependencies;
  readonly #retention: Retention;
  readonly #logger = new Logger('DurableEvents');
  #timer: ClockTimer | undefined;
  #isOver = false;

  constructor(dependencies: HousekeepingDependencies) {
    this.#dependencies = dependencies;
    this.#retention = new Retention(dependencies.store, dependencies.dues, dependencies.options);
  }

  /** Does nothing the second time. */
  begin(): void {
    if (this.#timer || this.#isOver) return;
    const again = (): void => {
      this.#timer = undefined;
      this.begin();
    };
    const { clock } = this.#dependencies;
    this.#timer = clock.after(INTERVAL_MS, () => void this.#tidy().finally(again), { background: true });
  }

  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  /** Never rejects. */
  async #tidy(): Promise<void> {
    const { store, dues, log, missing, deduplication, faults } = this.#dependencies;
    try {
      await store.commit([deduplication.forgetOld(), dues.put(), ...missing.expired()]);
      while (await this.#retention.trim()) faults.reach('log-trimmed');
      const { first } = await store.logStatus();
      dues.trimmed(first);
      log.trimmed(first);
    } catch (error) {
      this.#logger.warn(`The store could not be tidied: ${messageOf(error)}`);
    }
  }
}

/** Positions of the log in one step: the event loop waits for each. */
const STEP = 1_000;

/** Removes from the log what every subscription has finished, once it is old or the store is large. */
class Retention {
  constructor(
    private readonly store: Store,
    private readonly dues: DueClock,
    private readonly options: DurableOptions,
  ) {}

  /** One step. @returns whether there may be more to remove */
  async trim(): Promise<boolean> {
    const { first, last, bytes } = await this.store.logStatus();
    const cursors = await this.store.cursors();
    const finishedThrough = Math.min(last, ...[...cursors.values()].map(({ position }) => position));
    const through = Math.min(finishedThrough, first + STEP - 1);
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
    // What was stored in an earlier stretch is old, and in a later one young, whatever the wall clock has shown.
    const stretch = this.dues.stretchAt(before);
    const [after, end] = [Math.max(first - 1, stretch.after), Math.min(through, stretch.through)];
    if (after >= end) return end;
    const [fromTime, beforeTime] = [before - stretch.aheadMs, now - stretch.aheadMs + JUMP_MS];
    const young = await this.store.readLog({ after, through: end, fromTime, beforeTime, limit: 1 });
    return young.entries[0] ? young.entries[0].position - 1 : end;
  }
}
