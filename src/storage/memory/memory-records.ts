/** The tables of the store that remembers nothing after its end. */
import { StoreConflictError, StoreQuotaError } from '../storage.errors.js';
import {
  pageLimit,
  placeOf,
  type DueQuery,
  type RecordPage,
  type ScanQuery,
  type ScopeTotals,
  type StoredRecord,
} from '../stored.js';
import {
  PRUNE_LIMIT,
  type DeleteOperation,
  type LimitOperation,
  type PruneOperation,
  type PutOperation,
} from '../unit.js';
import type { UndoLog } from './undo-log.js';

export class MemoryRecords {
  /** By table, then by scope, then by key. */
  readonly #tables = new Map<string, Map<string, Map<string, StoredRecord>>>();
  readonly #undo: UndoLog;

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get(table: string, scope: string, key: string): StoredRecord | undefined {
    return this.#tables.get(table)?.get(scope)?.get(key);
  }

  put({ table, scope, key, value, due, expectedVersion }: PutOperation): number {
    const version = this.#expect(table, scope, key, expectedVersion) + 1;
    this.#undo.set(this.#scope(table, scope), key, Object.freeze({ scope, key, version, value, due }));
    return version;
  }

  delete({ table, scope, key, expectedVersion }: DeleteOperation): void {
    this.#expect(table, scope, key, expectedVersion);
    this.#undo.set(this.#scope(table, scope), key, undefined);
  }

  prune({ table, dueBefore }: PruneOperation): void {
    for (const { scope, key } of this.scanDue({ table, before: dueBefore, limit: PRUNE_LIMIT }).records) {
      this.delete({ op: 'delete', table, scope, key });
    }
  }

  /** @throws StoreQuotaError */
  limit({ table, scope, maxBytes }: LimitOperation): void {
    const counted = this.totals(table).filter((total) => total.scope === scope || total.scope.startsWith(`${scope}/`));
    if (counted.reduce((sum, { bytes }) => sum + bytes, 0) > maxBytes)
      throw new StoreQuotaError(table, scope, maxBytes);
  }

  scan({ table, scope, keyPrefix = '', after, limit }: ScanQuery): RecordPage {
    const found = [...(this.#tables.get(table)?.get(scope)?.values() ?? [])]
      .filter(({ key }) => key.startsWith(keyPrefix) && (after === undefined || byCodePoint(key, after) > 0))
      .sort((a, b) => byCodePoint(a.key, b.key));
    const records = found.slice(0, pageLimit(limit));
    return { records, damaged: [], next: found.length > records.length ? records.at(-1)?.key : undefined };
  }

  scanDue({ table, scope, before, limit }: DueQuery): RecordPage {
    const scopes = this.#tables.get(table) ?? new Map<string, Map<string, StoredRecord>>();
    const chosen = scope === undefined ? [...scopes.values()] : [scopes.get(scope) ?? new Map<string, StoredRecord>()];
    const due = chosen.flatMap((records) =>
      [...records.values()].filter((record) => record.due !== undefined && record.due < before),
    );
    due.sort((a, b) => (a.due ?? 0) - (b.due ?? 0) || byCodePoint(a.scope, b.scope) || byCodePoint(a.key, b.key));
    return { records: due.slice(0, pageLimit(limit)), damaged: [], next: undefined };
  }

  totals(table: string): ScopeTotals[] {
    return [...(this.#tables.get(table) ?? [])]
      .filter(([, records]) => records.size > 0)
      .map(([scope, records]) => ({ scope, count: records.size, bytes: bytesOf(records.values()) }))
      .sort((a, b) => byCodePoint(a.scope, b.scope));
  }

  bytes(): number {
    let bytes = 0;
    for (const scopes of this.#tables.values())
      for (const records of scopes.values()) bytes += bytesOf(records.values());
    return bytes;
  }

  #expect(table: string, scope: string, key: string, expectedVersion: number | undefined): number {
    const version = this.get(table, scope, key)?.version ?? 0;
    if (expectedVersion === undefined || version === expectedVersion) return version;
    throw new StoreConflictError('version', placeOf({ kind: 'record', table, scope, key, reason: '' }));
  }

  #scope(table: string, scope: string): Map<string, StoredRecord> {
    const scopes = this.#tables.get(table) ?? new Map<string, Map<string, StoredRecord>>();
    this.#tables.set(table, scopes);
    const records = scopes.get(scope) ?? new Map<string, StoredRecord>();
    scopes.set(scope, records);
    return records;
  }
}

function bytesOf(records: Iterable<StoredRecord>): number {
  let bytes = 0;
  for (const { value } of records) bytes += Buffer.byteLength(value);
  return bytes;
}

/** The order of a file of UTF-8; that of JavaScript's `<` differs beyond the basic plane. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
