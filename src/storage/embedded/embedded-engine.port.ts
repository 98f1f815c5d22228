/** What is behind the store: a synchronous engine that knows transactions, but neither promises nor groups. */
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
import type { Receipt, StoreOperation } from '../unit.js';

/** Written by the store itself when it has found damage. */
interface ParkOperation {
  readonly op: 'park';
  readonly damage: Damage;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export type EngineOperation = StoreOperation | ParkOperation;

/** How a write that is not the fault of its unit went wrong. */
export type WriteFailure = 'full' | 'failed';

export interface EmbeddedEngine {
  begin(): void;
  /**
   * Inside of a transaction. Undoes what it did when it throws.
   *
   * @throws StoreConflictError, StoreQuotaError: the transaction goes on. Anything else: the transaction cannot go on.
   */
  apply(unit: readonly EngineOperation[]): Receipt;
  commit(): void;
  /** After `begin`, `apply` or `commit` has thrown; must not throw. */
  rollback(): void;
  failureOf(error: unknown): WriteFailure;
  /** What to throw when a method that reads has thrown. */
  readFailure(error: unknown): unknown;
  /** After a commit, when there is time: moves what is in the journal to its place. */
  tidy(): void;

  readLog(query: LogQuery): LogPage;
  findEntry(id: string): LogEntry | Damage | undefined;
  logStatus(): LogStatus;
  cursors(): { readonly cursors: ReadonlyMap<string, StoredCursor>; readonly damaged: readonly Damage[] };
  get(table: string, scope: string, key: string): StoredRecord | Damage | undefined;
  scan(query: ScanQuery): RecordPage;
  scanDue(query: DueQuery): RecordPage;
  totals(table: string): ScopeTotals[];
  parked(): Damage[];
  verify(from: string | undefined): { readonly damaged: readonly Damage[]; readonly next: string | undefined };
  /** A transaction of its own; after it has thrown there must be a `rollback`. */
  reseal(from: string | undefined): ResealStep | undefined;
  close(): void | Promise<void>;
}
