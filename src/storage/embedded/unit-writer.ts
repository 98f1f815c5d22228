/**
 * Writes units on an engine: gathers those of a turn of the event loop into groups, one transaction each, and reports to each caller what
 * came of its unit. A group is bounded, so that other work gets its turn between two of them; a large unit is written alone, in slices.
 */
import type { Clock } from '../../common/index.js';
import { isRefusal } from './refusal.js';
import { Settlement, type Outcome } from './settlement.js';
import { commitInSlices } from './sliced-commit.js';
import type { EngineOperation, EmbeddedEngine } from './embedded-engine.port.js';
import type { StoreObserver } from '../store-observer.port.js';
import type { Receipt } from '../unit.js';
import { isLarge, rejectAll, UnitQueue, type PendingUnit } from './unit-queue.js';
import type { WriteTrouble } from './write-trouble.js';

/** Units whose callers get their answer in the turn of the commit. */
const TOLD_AT_ONCE = 8;

export interface UnitWriterDependencies {
  readonly engine: EmbeddedEngine;
  readonly trouble: WriteTrouble;
  readonly clock: Clock;
  readonly observer: StoreObserver;
}

export class UnitWriter {
  readonly #engine: EmbeddedEngine;
  readonly #trouble: WriteTrouble;
  readonly #clock: Clock;
  readonly #observer: StoreObserver;
  readonly #waiting = new UnitQueue();
  /** The answers of the newest group. The next group waits for all of them, so that what the callers do next shares one transaction again. */
  #settlement: Settlement | undefined;
  #large: Promise<void> | undefined;
  #isScheduled = false;

  constructor({ engine, trouble, clock, observer }: UnitWriterDependencies) {
    this.#engine = engine;
    this.#trouble = trouble;
    this.#clock = clock;
    this.#observer = observer;
  }

  /**
   * The transaction of a large unit that is open between two turns; `undefined` where there is none. Until it resolves the engine shows what
   * is not committed, and takes no other transaction. Never rejects.
   */
  get large(): Promise<void> | undefined {
    return this.#large;
  }

  write(operations: readonly EngineOperation[]): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(operations, resolve, reject);
      this.#schedule();
    });
  }

  /** Refuses what waits. A large unit that is being written is refused before its next slice. */
  refuseAll(error: Error): void {
    this.#waiting.rejectAll(error);
  }

  /** Writes what waits. Resolves when every caller has been answered. */
  async finish(): Promise<void> {
    this.#answerAll();
    while (this.#large || this.#waiting.length > 0) {
      if (this.#large) await this.#large;
      else this.#commitGroup();
      this.#answerAll();
    }
  }

  /** The units are on the disk already, so only the store as a whole can fail here. */
  tidy(): void {
    try {
      this.#engine.tidy();
    } catch (error) {
      this.#trouble.recognised(error);
    }
  }

  #answerAll(): void {
    this.#settlement?.tellAll();
    this.#settlement = undefined;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      // It schedules the next group itself when it has ended.
      if (this.#large) return;
      if (!this.#settlement) this.#commitGroup();
      else if (this.#settlement.tellSome()) this.#settlement = undefined;
      if (this.#settlement || this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitGroup(): void {
    const group = this.#waiting.takeGroup();
    const [first] = group;
    if (!first) return;
    if (this.#trouble.failure) return rejectAll(group, this.#trouble.failure);
    if (isLarge(first)) {
      this.#large = this.#commitLarge(first);
      return;
    }
    const startedMs = this.#clock.monotonicMs();
    let outcomes: Outcome[];
    try {
      outcomes = this.#carriedOut(group);
    } catch (error) {
      this.#engine.rollback();
      return rejectAll(group, this.#trouble.recognised(error));
    }
    this.#trouble.written();
    this.#settlement = new Settlement(group, outcomes);
    // For many, the disk has taken enough of this turn.
    if (group.length <= TOLD_AT_ONCE && this.#settlement.tellSome()) this.#settlement = undefined;
    this.#report(group, startedMs);
    this.tidy();
  }

  async #commitLarge(unit: PendingUnit): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    try {
      const receipt = await this.#carriedOutInSlices(unit);
      if (!receipt) return;
      this.#trouble.written();
      unit.resolve(receipt);
      this.#report([unit], startedMs);
      this.tidy();
    } finally {
      this.#large = undefined;
      this.#schedule();
    }
  }

  /** @returns `undefined` where nothing of the unit has happened; its caller knows by then */
  async #carriedOutInSlices(unit: PendingUnit): Promise<Receipt | undefined> {
    try {
      return await commitInSlices(this.#engine, unit.operations, () => this.#trouble.failure);
    } catch (error) {
      this.#engine.rollback();
      unit.reject(isRefusal(error) ? error : this.#trouble.recognised(error));
      return undefined;
    }
  }

  #carriedOut(group: readonly PendingUnit[]): Outcome[] {
    this.#engine.begin();
    const outcomes = group.map(({ operations }): Outcome => {
      try {
        return { receipt: this.#engine.apply(operations) };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return { refusal: error };
      }
    });
    this.#engine.commit();
    return outcomes;
  }

  #report(group: readonly PendingUnit[], startedMs: number): void {
    let operations = 0;
    let bytes = 0;
    for (const unit of group) {
      operations += unit.operations.length;
      bytes += unit.bytes;
    }
    this.#observer.committed({
      units: group.length,
      operations,
      bytes,
      durationMs: this.#clock.monotonicMs() - startedMs,
    });
  }
}
