/** A store on an engine inside of this process: answers reads, hands units to their writer, and lists what was found damaged. */
import { toError, type Clock } from '../../common/index.js';
import { RecordDamagedError, StoreClosedError, type StoreFailedError, StoreFullError } from '../storage.errors.js';
import type { EmbeddedEngine } from './embedded-engine.port.js';
import type { StoreObserver } from '../store-observer.port.js';
import { Store } from '../store.port.js';
import {
  placeOf,
  type Damage,
  type DueQuery,
  type LogEntry,
  type LogPage,
  type LogQuery,
  type LogStatus,
} from '../stored.js';
import type { RecordPage, ResealStep, ScanQuery, ScopeTotals, StoredCursor, StoredRecord } from '../stored.js';
import type { StoreUpkeep } from '../upkeep/store-upkeep.port.js';
import { assertStorable, type Receipt, type StoreOperation } from '../unit.js';
import { UnitWriter } from './unit-writer.js';
import { WriteTrouble } from './write-trouble.js';

/** Large enough that space which a few small records would use up does not count. */
const PROBE = 'x'.repeat(65_536);

const PROBE_PLACE = { table: 'panotti-space', scope: 'probe', key: 'probe' } as const;

export interface EmbeddedStoreSurroundings {
  readonly clock: Clock;
  readonly observer: StoreObserver;
}

export class EmbeddedStore extends Store implements StoreUpkeep {
  readonly #engine: EmbeddedEngine;
  readonly #clock: Clock;
  readonly #observer: StoreObserver;
  readonly #trouble: WriteTrouble;
  readonly #writer: UnitWriter;
  readonly #damages: Map<string, Damage>;
  #closing: Promise<void> | undefined;

  constructor(engine: EmbeddedEngine, { clock, observer }: EmbeddedStoreSurroundings) {
    super();
    this.#engine = engine;
    this.#clock = clock;
    this.#observer = observer;
    this.#trouble = new WriteTrouble(engine, observer);
    this.#writer = new UnitWriter({ engine, trouble: this.#trouble, clock, observer });
    this.#damages = new Map(engine.parked().map((damage) => [placeOf(damage), damage]));
  }

  commit(unit: readonly StoreOperation[]): Promise<Receipt> {
    try {
      if (this.#trouble.failure) throw this.#trouble.failure;
      if (this.#closing) throw new StoreClosedError();
      assertStorable(unit);
    } catch (error) {
      return Promise.reject(toError(error));
    }
    return this.#writer.write(unit);
  }

  readLog(query: LogQuery): Promise<LogPage> {
    return this.#answer((engine) => this.#reported(engine.readLog(query)));
  }

  findEntry(id: string): Promise<LogEntry | undefined> {
    return this.#answer((engine) => this.#undamaged(engine.findEntry(id)));
  }

  logStatus(): Promise<LogStatus> {
    return this.#answer((engine) => engine.logStatus());
  }

  cursors(): Promise<ReadonlyMap<string, StoredCursor>> {
    return this.#answer((engine) => this.#reported(engine.cursors()).cursors);
  }

  get(table: string, scope: string, key: string): Promise<StoredRecord | undefined> {
    return this.#answer((engine) => this.#undamaged(engine.get(table, scope, key)));
  }

  scan(query: ScanQuery): Promise<RecordPage> {
    return this.#answer((engine) => this.#reported(engine.scan(query)));
  }

  scanDue(query: DueQuery): Promise<RecordPage> {
    return this.#answer((engine) => this.#reported(engine.scanDue(query)));
  }

  totals(table: string): Promise<readonly ScopeTotals[]> {
    return this.#answer((engine) => engine.totals(table));
  }

  async parked(): Promise<readonly Damage[]> {
    this.#open();
    return [...this.#damages.values()];
  }

  verify(from?: string): Promise<string | undefined> {
    return this.#answer((engine) => this.#reported(engine.verify(from)).next);
  }

  async reseal(from?: string): Promise<ResealStep | undefined> {
    if (this.#trouble.failure) throw this.#trouble.failure;
    const engine = this.#open();
    while (this.#writer.large) await this.#writer.large;
    // The wait may have ended with a failure, after which nothing is written.
    if (this.#trouble.failure) throw this.#trouble.failure;
    try {
      const step = engine.reseal(from);
      this.#trouble.written();
      this.#writer.tidy();
      return step;
    } catch (error) {
      engine.rollback();
      const readFailure = engine.readFailure(error);
      // A page that cannot be read is no failure to write.
      throw readFailure === error ? this.#trouble.recognised(error) : readFailure;
    }
  }

  async hasSpace(): Promise<boolean> {
    try {
      await this.commit([{ op: 'put', ...PROBE_PLACE, value: PROBE }]);
      await this.commit([{ op: 'delete', ...PROBE_PLACE }]);
      return true;
    } catch (error) {
      if (error instanceof StoreFullError) return false;
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** For what is noticed between two units: nothing is taken from now on. It is reported after `rescued`. */
  protected async takeNothingMore(error: StoreFailedError, rescued: Promise<void>): Promise<void> {
    if (this.#trouble.failure || this.#closing) return;
    this.#writer.refuseAll(error);
    await this.#trouble.fail(error, rescued);
  }

  async #close(): Promise<void> {
    await this.#writer.finish();
    try {
      await this.#engine.close();
    } catch (error) {
      throw this.#trouble.recognised(error);
    }
  }

  /** Asks at once or, while a large unit is being written, when the engine shows all of it or nothing. */
  async #answer<T>(question: (engine: EmbeddedEngine) => T): Promise<T> {
    const engine = this.#open();
    // A loop right before the question: with a further `await` in between, `close` could begin the next large unit first.
    while (this.#writer.large) await this.#writer.large;
    try {
      return question(engine);
    } catch (error) {
      throw engine.readFailure(error);
    }
  }

  #open(): EmbeddedEngine {
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
    if (!this.#trouble.failure)
      this.#writer.write([{ op: 'park', damage, time: this.#clock.now() }]).catch(() => undefined);
  }
}
