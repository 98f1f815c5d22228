/** The tables of the store that remembers nothing after its end. */
import { compareCodePoints } from '../../common/index.js';
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
  /** Records by table, then by scope, then by key. */
  readonly #tables = new Map<string, Map<string, Map<string, StoredRecord>>>();
  /** Sorted when a scope is scanned for the first time after a key has come or gone. */
  readonly #sortedKeys = new WeakMap<Map<string, StoredRecord>, readonly string[]>();
  readonly #undo: UndoLog;

  constructor(undo: UndoLog) {
    this.#undo = undo;
  }

  get(table: string, scope: string, key: string): StoredRecord | undefined {
    return this.#tables.get(table)?.get(scope)?.get(key);
  }

  put({ table, scope, key, value, due, expectedVersion }: PutOperation): number {
    const version = this.#expect(table, scope, key, expectedVersion) + 1;
    this.#set(table, scope, key, Object.freeze({ scope, key, version, value, due }));
    return version;
  }

  delete({ table, scope, key, expectedVersion }: DeleteOperation): void {
    this.#expect(table, scope, key, expectedVersion);
    this.#set(table, scope, key, undefined);
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
    const found = this.#tables.get(table)?.get(scope);
    if (!found) return { records: [], damaged: [], next: undefined };
    const keys = this.#keysOf(found);
    const from = firstAt(keys, keyPrefix, after);
    const size = pageLimit(limit);
    // Keys of one prefix stand together.
    const page = keys.slice(from, from + size + 1).filter((key) => key.startsWith(keyPrefix));
    const records = page.slice(0, size).flatMap((key) => found.get(key) ?? []);
    return { records, damaged: [], next: page.length > size ? records.at(-1)?.key : undefined };
  }

  scanDue({ table, scope, before, limit }: DueQuery): RecordPage {
    const scopes = this.#tables.get(table) ?? new Map<string, Map<string, StoredRecord>>();
    const chosen = scope === undefined ? [...scopes.values()] : [scopes.get(scope) ?? new Map<string, StoredRecord>()];
    const due = chosen.flatMap((records) =>
      [...records.values()].filter((record) => record.due !== undefined && record.due < before),
    );
    due.sort(
      (a, b) => (a.due ?? 0) - (b.due ?? 0) || compareCodePoints(a.scope, b.scope) || compareCodePoints(a.key, b.key),
    );
    return { records: due.slice(0, pageLimit(limit)), damaged: [], next: undefined };
  }

  totals(table: string): ScopeTotals[] {
    return [...(this.#tables.get(table) ?? [])]
      .filter(([, records]) => records.size > 0)
      .map(([scope, records]) => ({ scope, count: records.size, bytes: bytesOf(records.values()) }))
      .sort((a, b) => compareCodePoints(a.scope, b.scope));
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

  #set(table: string, scope: string, key: string, record: StoredRecord | undefined): void {
    const records = this.#scope(table, scope);
    if (records.has(key) !== (record !== undefined)) {
      this.#sortedKeys.delete(records);
      this.#undo.push(() => this.#sortedKeys.delete(records));
    }
    this.#undo.set(records, key, record);
  }

  #keysOf(records: Map<string, StoredRecord>): readonly string[] {
    const known = this.#sortedKeys.get(records);
    if (known) return known;
    const keys = [...records.keys()].sort(compareCodePoints);
    this.#sortedKeys.set(records, keys);
    return keys;
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

/** The number of the first key that a page may have. */
function firstAt(keys: readonly string[], keyPrefix: string, after: string | undefined): number {
  const isBefore = (key: string): boolean =>
    compareCodePoints(key, keyPrefix) < 0 || (after !== undefined && compareCodePoints(key, after) <= 0);
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (isBefore(keys[middle] ?? '')) from = middle + 1;
    else to = middle;
  }
  return from;
}
