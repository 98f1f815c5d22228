/**
 * The store on an engine: gathers the units of a turn of the event loop into groups, one transaction each, and tells everybody what came of
 * it. A group is bounded, so that other work gets its turn between two of them.
 */
import { toError, type Clock } from '../common/index.js';
import { RecordDamagedError, StoreClosedError, StoreFailedError, StoreFullError } from './storage.errors.js';
import type { EngineOperation, StoreEngine } from './store-engine.port.js';
import type { StoreObserver } from './store-observer.port.js';
import { Store } from './store.port.js';
import {
  placeOf,
  type Damage,
  type DueQuery,
  type LogEntry,
  type LogPage,
  type LogQuery,
  type LogStatus,
} from './stored.js';
import type { RecordPage, ResealStep, ScanQuery, ScopeTotals, StoredCursor, StoredRecord } from './stored.js';
import { isRefusal } from './refusal.js';
import { Settlement, type Outcome } from './settlement.js';
import { commitInSlices } from './sliced-commit.js';
import { isLarge, rejectAll, UnitQueue, type PendingUnit } from './unit-queue.js';
import { assertStorable, type Receipt, type StoreOperation } from './unit.js';

/** Units that are told in the turn of their commit. */
const TOLD_AT_ONCE = 8;

export interface GroupedStoreSurroundings {
  readonly clock: Clock;
  readonly observer: StoreObserver;
}

export class GroupedStore extends Store {
  readonly #engine: StoreEngine;
  readonly #clock: Clock;
  readonly #observer: StoreObserver;
  readonly #damages: Map<string, Damage>;
  readonly #waiting = new UnitQueue();
  /** Of the newest group; nothing more is carried out before all of them know, so that what they do next shares one transaction again. */
  #settlement: Settlement | undefined;
  /** Set while a large unit is carried out over many turns. What else is asked or given waits: it would see, or join, one half of it. */
  #large: Promise<void> | undefined;
  #isScheduled = false;
  #isFull = false;
  #failure: StoreFailedError | undefined;
  #closing: Promise<void> | undefined;

  constructor(engine: StoreEngine, { clock, observer }: GroupedStoreSurroundings) {
    super();
    this.#engine = engine;
    this.#clock = clock;
    this.#observer = observer;
    this.#damages = new Map(engine.parked().map((damage) => [placeOf(damage), damage]));
  }

  commit(unit: readonly StoreOperation[]): Promise<Receipt> {
    try {
      if (this.#failure) throw this.#failure;
      if (this.#closing) throw new StoreClosedError();
      assertStorable(unit);
    } catch (error) {
      return Promise.reject(toError(error));
    }
    return this.#enqueue(unit);
  }

  async readLog(query: LogQuery): Promise<LogPage> {
    if (this.#large) await this.#large;
    return this.#reported(this.#read((engine) => engine.readLog(query)));
  }

  async findEntry(id: string): Promise<LogEntry | undefined> {
    if (this.#large) await this.#large;
    return this.#undamaged(this.#read((engine) => engine.findEntry(id)));
  }

  async logStatus(): Promise<LogStatus> {
    if (this.#large) await this.#large;
    return this.#read((engine) => engine.logStatus());
  }

  async cursors(): Promise<ReadonlyMap<string, StoredCursor>> {
    if (this.#large) await this.#large;
    return this.#reported(this.#read((engine) => engine.cursors())).cursors;
  }

  async get(table: string, scope: string, key: string): Promise<StoredRecord | undefined> {
    if (this.#large) await this.#large;
    return this.#undamaged(this.#read((engine) => engine.get(table, scope, key)));
  }

  async scan(query: ScanQuery): Promise<RecordPage> {
    if (this.#large) await this.#large;
    return this.#reported(this.#read((engine) => engine.scan(query)));
  }

  async scanDue(query: DueQuery): Promise<RecordPage> {
    if (this.#large) await this.#large;
    return this.#reported(this.#read((engine) => engine.scanDue(query)));
  }

  async totals(table: string): Promise<readonly ScopeTotals[]> {
    if (this.#large) await this.#large;
    return this.#read((engine) => engine.totals(table));
  }

  async parked(): Promise<readonly Damage[]> {
    this.#open();
    return [...this.#damages.values()];
  }

  async verify(from?: string): Promise<string | undefined> {
    if (this.#large) await this.#large;
    return this.#reported(this.#read((engine) => engine.verify(from))).next;
  }

  async reseal(from?: string): Promise<ResealStep | undefined> {
    while (this.#large) await this.#large;
    if (this.#failure) throw this.#failure;
    const engine = this.#open();
    try {
      const step = engine.reseal(from);
      this.#becomeFull(false);
      this.#tidy();
      return step;
    } catch (error) {
      engine.rollback();
      const readFailure = engine.readFailure(error);
      // A page that cannot be read is no failure to write.
      throw readFailure === error ? this.#recognised(error) : readFailure;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** For what is noticed between two units: nothing is taken from now on. It is reported after `rescued`. */
  protected async takeNothingMore(error: StoreFailedError, rescued: Promise<void>): Promise<void> {
    if (this.#failure || this.#closing) return;
    this.#engine.failureOf(error);
    this.#failure = error;
    this.#waiting.rejectAll(error);
    await rescued;
    this.#observer.failed(error);
  }

  async #close(): Promise<void> {
    this.#tellAll();
    while (this.#large || this.#waiting.length > 0) {
      if (this.#large) await this.#large;
      else this.#commitGroup();
      this.#tellAll();
    }
    try {
      await this.#engine.close();
    } catch (error) {
      throw this.#recognised(error);
    }
  }

  #tellAll(): void {
    this.#settlement?.tellAll();
    this.#settlement = undefined;
  }

  #enqueue(operations: readonly EngineOperation[]): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(operations, resolve, reject);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#large) return;
      if (!this.#settlement) this.#commitGroup();
      else if (this.#settlement.tellSome()) this.#settlement = undefined;
      if (this.#settlement || this.#waiting.length > 0) this.#schedule();
    });
  }

  #commitGroup(): void {
    const group = this.#waiting.takeGroup();
    if (group.length === 0) return;
    if (this.#failure) return rejectAll(group, this.#failure);
    const [first] = group;
    if (first && isLarge(first)) {
      this.#large = this.#commitLarge(first);
      return;
    }
    const startedMs = this.#clock.monotonicMs();
    let outcomes: Outcome[];
    try {
      outcomes = this.#carriedOut(group);
    } catch (error) {
      this.#engine.rollback();
      return rejectAll(group, this.#recognised(error));
    }
    this.#becomeFull(false);
    this.#settlement = new Settlement(group, outcomes);
    // For many, the disk has taken enough of this turn.
    if (group.length <= TOLD_AT_ONCE && this.#settlement.tellSome()) this.#settlement = undefined;
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
    this.#tidy();
  }

  async #commitLarge(unit: PendingUnit): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    try {
      const receipt = await commitInSlices(this.#engine, unit.operations, () => this.#failure);
      this.#becomeFull(false);
      unit.resolve(receipt);
      const { bytes, operations } = unit;
      const durationMs = this.#clock.monotonicMs() - startedMs;
      this.#observer.committed({ units: 1, operations: operations.length, bytes, durationMs });
      this.#tidy();
    } catch (error) {
      this.#engine.rollback();
      unit.reject(isRefusal(error) ? error : this.#recognised(error));
    } finally {
      this.#large = undefined;
      this.#schedule();
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

  /** The units are on the disk already, so only the store as a whole can fail here. */
  #tidy(): void {
    try {
      this.#engine.tidy();
    } catch (error) {
      this.#recognised(error);
    }
  }

  /** Turns what the engine has thrown into what callers get, and draws the consequences. */
  #recognised(error: unknown): StoreFullError | StoreFailedError {
    if (this.#failure) return this.#failure;
    if (this.#engine.failureOf(error) === 'full') {
      this.#becomeFull(true);
      return new StoreFullError(error);
    }
    this.#failure = new StoreFailedError(error);
    this.#observer.failed(this.#failure);
    return this.#failure;
  }

  #becomeFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#observer.fullnessChanged(isFull);
  }

  #read<T>(question: (engine: StoreEngine) => T): T {
    const engine = this.#open();
    try {
      return question(engine);
    } catch (error) {
      throw engine.readFailure(error);
    }
  }

  #open(): StoreEngine {
    if (this.#closing) throw new StoreClosedError();
    return this.#engine;
  }

  #reported<T extends { readonly damaged: readonly Damage[] }>(page: T): T {
    for (const damage of page.damaged) this.#park(damage);
    return page;
  }

  #undamaged<T extends LogEntry | StoredRecord>(found: T | Damage | undefined): T | undefined {
    if (found === undefined || !('reason' in found)) return found;
    this.#park(found);
    throw new RecordDamagedError(found);
  }

  #park(damage: Damage): void {
    const place = placeOf(damage);
    if (this.#damages.has(place)) return;
    this.#damages.set(place, damage);
    this.#observer.damaged(damage);
    // Where the list cannot be written, the damage is found again after the next start.
    if (!this.#failure) this.#enqueue([{ op: 'park', damage, time: this.#clock.now() }]).catch(() => undefined);
  }
}
