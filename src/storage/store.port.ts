/**
 * The port of the embedded store: one append-only log, cursors over it, and tables of records by key. Neither events nor plugin states
 * are known here; both are made of these three, so that whatever belongs together is ONE unit, and units that are ready together share
 * one transaction and one synchronisation of the disk.
 *
 * How events use it:
 * - An event is an entry of the log (`append`): its time-ordered id, name and time are columns, everything else (version, source,
 *   correlation, payload) is the body. A second entry with the id is refused, which is the deduplication by event id. A caller's own
 *   deduplication key is a record `put` with `expectedVersion: 0` and its expiry as `due` in the same unit; `prune` removes the expired.
 * - A durable subscription has a cursor: what it has dealt with. `acknowledge` costs no row, and the cursor of a subscription is written
 *   once for all units that share a transaction, as ranges, so a slow event holds nothing up. Acknowledgements without anything else
 *   go into one unit for all that end in a turn of the event loop; one with state changes goes with these into a unit of its own.
 * - An event that failed, is delayed or waits behind its key becomes a record (table `deliveries`, scope the subscription, key the id,
 *   `due` the time of the next attempt) in the unit that acknowledges it at the cursor, or is passed over from the first
 *   (`append` with `passedBy`). Retrying is `scanDue`; done is `delete`; dead is `delete` and a `put` into another table that keeps a copy
 *   of the event. A cursor with more than a thousand ranges is a sign that laggards should become such records.
 * - Dispatch is from memory after `commit` has resolved with the positions. `readLog` is for boot and replay. Each page looks at a bounded
 *   part of the log; continue after its `next` until it is undefined, and yield to the event loop in between.
 * - Retention is `trim`, in steps, up to what no record refers to any more. Backlog is `last` minus the cursor, and `totals` of the records.
 *
 * How state uses it: everything is in one table, so that one `limit` counts it: a document is a record in the scope of its plugin, a
 * plugin's store the scope `<plugin>/<store>`. `expectedVersion` is the optimistic check, `limit` the quota, `scan` with a key prefix the listing. Inside of a durable handler all
 * of this is staged and goes with the acknowledgement.
 *
 * When the store is full, units are refused with `StoreFullError` and nothing of them happened; acknowledgements are for the caller to
 * give again, because the next unit that fits succeeds. After `StoreFailedError` nothing will be accepted in this process.
 */
import type {
  LogEntry,
  LogPage,
  LogQuery,
  LogStatus,
  RecordPage,
  ScanQuery,
  DueQuery,
  ScopeTotals,
  StoredCursor,
  StoredRecord,
} from './stored.js';
import type { Receipt, StoreOperation } from './unit.js';

/**
 * Read methods see what is committed; while a large unit is written, which takes many turns of the event loop, they wait for its end. All of
 * them reject with `StoreDamagedError` where the file cannot be read at all.
 */
export abstract class Store {
  /**
   * Carries the operations out, in their order, all or none, and resolves when they are on the disk. Units are carried out in the order of
   * the calls; one that is refused leaves its neighbours alone.
   *
   * @throws StoreConflictError when an id is taken or a version is not the expected one
   * @throws StoreQuotaError when a `limit` is passed
   * @throws StoreFullError when the disk is full
   * @throws StoreFailedError when an earlier or this write has failed; what became of this unit shows when the store is opened again
   * @throws StoreClosedError after `close`
   * @throws RangeError for texts with lone surrogates, which no file could give back
   */
  abstract commit(unit: readonly StoreOperation[]): Promise<Receipt>;

  abstract readLog(query: LogQuery): Promise<LogPage>;
  /** @throws RecordDamagedError */
  abstract findEntry(id: string): Promise<LogEntry | undefined>;
  abstract logStatus(): Promise<LogStatus>;

  /** Cursors by subscription. One with two damaged copies is at the beginning: better handled twice than never. */
  abstract cursors(): Promise<ReadonlyMap<string, StoredCursor>>;

  /** @throws RecordDamagedError when there is a record and it is not as it was written: never `undefined` for it */
  abstract get(table: string, scope: string, key: string): Promise<StoredRecord | undefined>;
  /** Records by key, in the order of code points. */
  abstract scan(query: ScanQuery): Promise<RecordPage>;
  /** Records by `due`, the earliest first. */
  abstract scanDue(query: DueQuery): Promise<RecordPage>;
  /** The scopes of a table that have records, by name. */
  abstract totals(table: string): Promise<readonly ScopeTotals[]>;

  /** Carries out what was handed in, then gives the file back. Does nothing the second time. */
  abstract close(): Promise<void>;
}
