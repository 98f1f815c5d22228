/** The records that a unit has changed and not committed yet, laid over those of the store. */
import { compareCodePoints } from '../../common/index.js';
import type { DeleteOperation, PutOperation, RecordPage, ScanQuery, StoredRecord } from '../../storage/index.js';

interface StagedRecord {
  readonly table: string;
  readonly scope: string;
  readonly key: string;
  /** `undefined`: deleted. */
  readonly value: string | undefined;
  readonly due: number | undefined;
  /** True if the version counts on from the store's; false after the record was deleted. */
  readonly isOnTop: boolean;
  readonly puts: number;
}

export class StagedRecords {
  readonly #records = new Map<string, StagedRecord>();

  put({ table, scope, key, value, due }: PutOperation): void {
    const before = this.#find(table, scope, key);
    const history = { isOnTop: before?.isOnTop ?? true, puts: (before?.puts ?? 0) + 1 };
    this.#records.set(placeOf(table, scope, key), { table, scope, key, value, due, ...history });
  }

  delete({ table, scope, key }: DeleteOperation): void {
    this.#records.set(placeOf(table, scope, key), {
      table,
      scope,
      key,
      value: undefined,
      due: undefined,
      isOnTop: false,
      puts: 0,
    });
  }

  /** The record as it will be after the commit; `read` returns that of the store. */
  async get(
    { table, scope, key }: { readonly table: string; readonly scope: string; readonly key: string },
    read: () => Promise<StoredRecord | undefined>,
  ): Promise<StoredRecord | undefined> {
    if (!this.#find(table, scope, key)) return read();
    const stored = await read();
    // Looked up again: another branch of the handler may have changed it in between.
    const staged = this.#find(table, scope, key);
    return staged ? overlaid(staged, stored) : stored;
  }

  /** A page of the store as it will be. It may be longer than its limit by what is staged. */
  overlay(query: ScanQuery, page: RecordPage): RecordPage {
    const { table, scope, keyPrefix = '', after } = query;
    const isOnPage = ({ key }: { readonly key: string }): boolean =>
      key.startsWith(keyPrefix) &&
      (after === undefined || compareCodePoints(key, after) > 0) &&
      (!page.next || compareCodePoints(key, page.next) <= 0);
    const staged = [...this.#records.values()].filter(
      (record) => record.table === table && record.scope === scope && isOnPage(record),
    );
    if (staged.length === 0) return page;
    const merged = new Map(page.records.map((record) => [record.key, record]));
    for (const record of staged) {
      const result = overlaid(record, merged.get(record.key));
      if (result) merged.set(record.key, result);
      else merged.delete(record.key);
    }
    const keys = new Set(staged.map(({ key }) => key));
    const damaged = page.damaged.filter((damage) => damage.kind !== 'record' || !keys.has(damage.key));
    return { records: [...merged.values()].sort((a, b) => compareCodePoints(a.key, b.key)), damaged, next: page.next };
  }

  #find(table: string, scope: string, key: string): StagedRecord | undefined {
    return this.#records.get(placeOf(table, scope, key));
  }
}

function placeOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

function overlaid(
  { scope, key, value, due, isOnTop, puts }: StagedRecord,
  stored: StoredRecord | undefined,
): StoredRecord | undefined {
  if (value === undefined) return undefined;
  return { scope, key, value, due, version: (isOnTop ? (stored?.version ?? 0) : 0) + puts };
}
