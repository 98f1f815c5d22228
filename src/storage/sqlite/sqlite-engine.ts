/** The engine on a SQLite file: one transaction a group, a savepoint for each unit that may have to be undone alone. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { FaultPoints } from '../fault-points.port.js';
import type { RecordCodec } from '../sealing/record-codec.port.js';
import { mayHaveToBeUndone } from '../embedded/refusal.js';
import { StoreDamagedError } from '../storage.errors.js';
import type { EngineOperation, EmbeddedEngine, WriteFailure } from '../embedded/embedded-engine.port.js';
import type {
  Damage,
  DueQuery,
  LogEntry,
  LogPage,
  LogQuery,
  LogStatus,
  RecordPage,
  ResealStep,
  ScanQuery,
  ScopeTotals,
  StoredCursor,
} from '../stored.js';
import type { StoredRecord } from '../stored.js';
import type { Receipt } from '../unit.js';
import { RecordCensus } from './record-census.js';
import { RecordTotals } from './record-totals.js';
import { eraseTraces, settle } from './erase-traces.js';
import { resealRows } from './reseal.js';
import type { SealState } from './seal-state.js';
import { verifyStep } from './verify.js';
import { SqliteCursors } from './sqlite-cursors.js';
import { SqliteLog } from './sqlite-log.js';
import type { SqliteMeta } from './sqlite-meta.js';
import { SqliteParked } from './sqlite-parked.js';
import { SqliteRecords } from './sqlite-records.js';
import { isDiskFull, isUnreadable } from './sqlite-result.js';

/** Pages of 4 KiB in the journal at which it is moved into the file: rare enough not to be seen in the time of one commit in a hundred. */
const CHECKPOINT_PAGES = 4_000;

/** Up to this size the file is rewritten immediately, in some hundred milliseconds; a larger one when it is next opened. */
const ERASED_AT_ONCE_BYTES = 16 * 1_048_576;

const LAST_STEP = 'last';

const NOTHING: readonly number[] = Object.freeze([]);

export interface SqliteEngineParts {
  readonly db: DatabaseSync;
  readonly codec: RecordCodec;
  readonly meta: SqliteMeta;
  readonly seals: SealState;
  readonly faults: FaultPoints;
  /** Closes the file in order; not called after a failure. */
  readonly closeFile: () => Promise<void>;
  /** Instead, after a failure. */
  readonly leaveFile: () => void;
}

export class SqliteEngine implements EmbeddedEngine {
  readonly #db: DatabaseSync;
  readonly #faults: FaultPoints;
  readonly #closeFile: () => Promise<void>;
  readonly #leaveFile: () => void;
  readonly #log: SqliteLog;
  readonly #cursors: SqliteCursors;
  readonly #records: SqliteRecords;
  readonly #totals: RecordTotals;
  readonly #census: RecordCensus;
  readonly #parked: SqliteParked;
  readonly #seals: SealState;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #backToSavepoint: StatementSync;
  readonly #journalSize: StatementSync;
  readonly #checkpoint: StatementSync;
  /** How often it has made its files smaller. */
  shrinks = 0;
  #hasFailed = false;

  constructor({ db, codec, meta, seals, faults, closeFile, leaveFile }: SqliteEngineParts) {
    this.#db = db;
    this.#faults = faults;
    this.#closeFile = closeFile;
    this.#leaveFile = leaveFile;
    this.#totals = new RecordTotals(db);
    this.#log = new SqliteLog(db, codec, meta);
    this.#cursors = new SqliteCursors(db, codec);
    this.#census = new RecordCensus(db, meta);
    this.#records = new SqliteRecords(db, codec, { totals: this.#totals, census: this.#census });
    this.#parked = new SqliteParked(db);
    this.#seals = seals;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#savepoint = db.prepare('SAVEPOINT unit');
    this.#release = db.prepare('RELEASE unit');
    this.#backToSavepoint = db.prepare('ROLLBACK TO unit');
    this.#journalSize = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#load();
  }

  begin(): void {
    this.#begin.run();
    this.#faults.reach('group-begun');
  }

  apply(unit: readonly EngineOperation[]): Receipt {
    const receipt = mayHaveToBeUndone(unit) ? this.#applyInSavepoint(unit) : this.#applyOperations(unit);
    this.#faults.reach('unit-applied');
    return receipt;
  }

  commit(): void {
    this.#cursors.writeMoved();
    this.#census.write();
    this.#faults.reach('before-commit');
    this.#commit.run();
    this.#faults.reach('after-commit');
  }

  rollback(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      this.#totals.forgetAll();
      this.#load();
    } catch {
      // Only after a failure that ends all writing; what the file holds is for the next start to read.
      this.#hasFailed = true;
    }
  }

  readFailure(error: unknown): unknown {
    return isUnreadable(error)
      ? new StoreDamagedError(this.#db.location() ?? '', 'cannot be read in one place', error)
      : error;
  }

  failureOf(error: unknown): WriteFailure {
    if (!this.#hasFailed && isDiskFull(error)) return 'full';
    this.#hasFailed = true;
    return 'failed';
  }

  /** Done here instead of by SQLite itself, which ignores a failure of the disk there. */
  tidy(): void {
    if (Number(this.#journalSize.get()?.['log']) < CHECKPOINT_PAGES) return;
    this.#faults.reach('before-checkpoint');
    this.#checkpoint.get();
    this.#faults.reach('after-checkpoint');
  }

  readLog(query: LogQuery): LogPage {
    return this.#log.read(query);
  }

  findEntry(id: string): LogEntry | Damage | undefined {
    return this.#log.find(id);
  }

  logStatus(): LogStatus {
    const number = (pragma: string): number =>
      Number(Object.values(this.#db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    const bytes = (number('page_count') - number('freelist_count')) * number('page_size');
    return { first: this.#log.first, last: this.#log.last, bytes };
  }

  cursors(): { cursors: ReadonlyMap<string, StoredCursor>; damaged: readonly Damage[] } {
    return { cursors: this.#cursors.toMap(), damaged: this.#cursors.damaged };
  }

  get(table: string, scope: string, key: string): StoredRecord | Damage | undefined {
    return this.#records.get(table, scope, key);
  }

  scan(query: ScanQuery): RecordPage {
    try {
      return this.#records.scan(query);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return this.#records.scanAround(query);
    }
  }

  scanDue(query: DueQuery): RecordPage {
    return this.#records.scanDue(query);
  }

  totals(table: string): ScopeTotals[] {
    return this.#totals.of(table);
  }

  parked(): Damage[] {
    return this.#parked.all();
  }

  verify(from: string | undefined): { damaged: readonly Damage[]; next: string | undefined } {
    return verifyStep({ log: this.#log, records: this.#records, cursors: this.#cursors, census: this.#census }, from);
  }

  reseal(from: string | undefined): ResealStep | undefined {
    if (from === undefined && this.#seals.isUniform) return undefined;
    if (from === LAST_STEP) {
      this.shrinks++;
      const isSmall = this.logStatus().bytes <= ERASED_AT_ONCE_BYTES;
      if (isSmall) eraseTraces(this.#db, this.#seals);
      else settle(this.#db, this.#seals, true);
      return undefined;
    }
    this.begin();
    const {
      next = LAST_STEP,
      left,
      damaged,
    } = resealRows({ log: this.#log, records: this.#records, cursors: this.#cursors, census: this.#census }, from);
    this.commit();
    return { next, left, damaged };
  }

  /** After a failure the file is left alone: closing it would write, and what the disk does with that is not known. */
  async close(): Promise<void> {
    if (this.#hasFailed) this.#leaveFile();
    else await this.#closeFile();
  }

  #load(): void {
    this.#cursors.load();
    this.#log.load(this.#cursors.highest);
    this.#census.load();
    this.#seals.load();
  }

  #applyInSavepoint(unit: readonly EngineOperation[]): Receipt {
    const mark = this.#log.mark();
    const census = this.#census.mark();
    this.#savepoint.run();
    try {
      const receipt = this.#applyOperations(unit);
      this.#release.run();
      return receipt;
    } catch (error) {
      // Without a transaction there is nothing to go back to; the error is not the unit's then.
      if (!this.#db.isTransaction) throw error;
      this.#backToSavepoint.run();
      this.#release.run();
      this.#log.restore(mark);
      this.#census.restore(census);
      this.#totals.forgetAll();
      throw error;
    }
  }

  /** Cursors come last, in memory: they cannot be refused, and are not undone. */
  #applyOperations(unit: readonly EngineOperation[]): Receipt {
    let positions = NOTHING as number[];
    let versions = NOTHING as number[];
    const last = this.#log.last;
    for (const operation of unit) {
      if (operation.op === 'append')
        (positions === NOTHING ? (positions = []) : positions).push(this.#log.append(operation));
      else if (operation.op === 'put')
        (versions === NOTHING ? (versions = []) : versions).push(this.#records.put(operation));
      else this.#applyOther(operation);
    }
    this.#moveCursors(unit, last);
    return { positions, versions };
  }

  #applyOther(operation: EngineOperation): void {
    if (operation.op === 'delete') this.#records.delete(operation);
    else if (operation.op === 'limit') this.#totals.limit(operation);
    else if (operation.op === 'prune') this.#records.prune(operation);
    else if (operation.op === 'trim') this.#log.trim(operation.through);
    else if (operation.op === 'park') this.#parked.add(operation.damage, operation.time);
  }

  #moveCursors(unit: readonly EngineOperation[], lastBefore: number): void {
    let last = lastBefore;
    for (const operation of unit) {
      if (operation.op === 'acknowledge') this.#cursors.acknowledge(operation.subscription, operation.position);
      else if (operation.op === 'append') {
        last++;
        for (const subscription of operation.passedBy ?? []) this.#cursors.acknowledge(subscription, last);
      } else if (operation.op === 'place-cursor') {
        this.#cursors.place(operation.subscription, operation.position === 'end' ? last : operation.position);
      } else if (operation.op === 'drop-cursor') this.#cursors.drop(operation.subscription);
    }
  }
}
