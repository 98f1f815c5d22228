/** Tables of records in SQLite: one table for all, keyed by collection, scope and key. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SealBrokenError, type RecordCodec } from '../sealing/record-codec.port.js';
import { recordLabel } from '../sealing/record-label.js';
import { keyIdOf } from '../sealing/sealed-bytes.js';
import { StoreConflictError } from '../storage.errors.js';
import {
  pageLimit,
  placeOf,
  type DamagedRecord,
  type DueQuery,
  type RecordPage,
  type ScanQuery,
  type StoredRecord,
} from '../stored.js';
import { PRUNE_LIMIT, type DeleteOperation, type PruneOperation, type PutOperation } from '../unit.js';
import { comparePlaces, type RecordPlace } from './record-place.js';
import { checksumOf, firstRows, prepareRead, text, wholeNumber, type ResealedRows, type Row } from './row.js';
import { readableRows } from './readable-rows.js';
import type { RecordCensus } from './record-census.js';
import type { RecordTotals } from './record-totals.js';
import { isConstraint } from './sqlite-result.js';

/** Above any text that begins with what stands before it. */
const END = '\u{10FFFF}'.repeat(4);

const COLUMNS = 'collection, scope, key, version, due, body, checksum';
/** Rows that one step of verification or of sealing reads. */
const STEP = 200;

export class SqliteRecords {
  readonly #codec: RecordCodec;
  readonly #totals: RecordTotals;
  readonly #census: RecordCensus;
  readonly #one: StatementSync;
  readonly #head: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeDue: StatementSync;
  readonly #from: StatementSync;
  readonly #after: StatementSync;
  readonly #backwards: StatementSync;
  readonly #due: StatementSync;
  readonly #dueInScope: StatementSync;
  readonly #everything: StatementSync;

  constructor(
    db: DatabaseSync,
    codec: RecordCodec,
    { totals, census }: { totals: RecordTotals; census: RecordCensus },
  ) {
    const place = 'collection = ? AND scope = ? AND key = ?';
    this.#codec = codec;
    this.#totals = totals;
    this.#census = census;
    this.#one = prepareRead(db, `SELECT ${COLUMNS} FROM records WHERE ${place}`);
    this.#head = prepareRead(db, `SELECT version, octet_length(body) AS bytes FROM records WHERE ${place}`);
    this.#insert = db.prepare(`INSERT INTO records (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#update = db.prepare(`UPDATE records SET version = ?, due = ?, body = ?, checksum = ? WHERE ${place}`);
    this.#remove = db.prepare(`DELETE FROM records WHERE ${place}`);
    this.#removeDue = prepareRead(
      db,
      `DELETE FROM records WHERE (collection, scope, key) IN
        (SELECT collection, scope, key FROM records WHERE collection = ? AND due < ? ORDER BY due LIMIT ${PRUNE_LIMIT})
      RETURNING collection, scope, key`,
    );
    const inOrder = 'AND key < ? ORDER BY key LIMIT ?';
    this.#from = prepareRead(
      db,
      `SELECT ${COLUMNS} FROM records WHERE collection = ? AND scope = ? AND key >= ? ${inOrder}`,
    );
    this.#after = prepareRead(
      db,
      `SELECT ${COLUMNS} FROM records WHERE collection = ? AND scope = ? AND key > ? ${inOrder}`,
    );
    this.#backwards = prepareRead(
      db,
      `SELECT ${COLUMNS} FROM records WHERE collection = ? AND scope = ? AND key >= ? AND key < ? ORDER BY key DESC`,
    );
    const dueFirst = 'AND due < ? ORDER BY due, scope, key LIMIT ?';
    this.#due = prepareRead(db, `SELECT ${COLUMNS} FROM records WHERE collection = ? ${dueFirst}`);
    this.#dueInScope = prepareRead(db, `SELECT ${COLUMNS} FROM records WHERE collection = ? AND scope = ? ${dueFirst}`);
    this.#everything = prepareRead(
      db,
      `SELECT ${COLUMNS} FROM records WHERE (collection, scope, key) > (?, ?, ?) ORDER BY collection, scope, key`,
    );
  }

  put(operation: PutOperation): number {
    return operation.expectedVersion === 0 ? this.#putNew(operation) : this.#putOver(operation);
  }

  delete({ table, scope, key, expectedVersion }: DeleteOperation): void {
    const head = this.#headOf(table, scope, key);
    expectVersion(head?.version ?? 0, expectedVersion, { table, scope, key });
    if (!head) return;
    this.#remove.run(table, scope, key);
    this.#census.add(-1, [table, scope, key]);
    this.#totals.add(table, scope, -1, -head.bytes);
  }

  prune({ table, dueBefore }: PruneOperation): void {
    const removed = this.#removeDue.all(table, dueBefore);
    for (const row of removed) this.#census.add(-1, placeOfRow(row));
    if (removed.length > 0) this.#totals.forget(table);
  }

  get(table: string, scope: string, key: string): StoredRecord | DamagedRecord | undefined {
    const row = this.#one.get(table, scope, key);
    return row && this.#opened(row, { table, scope, key });
  }

  scan({ table, scope, keyPrefix = '', after, limit }: ScanQuery): RecordPage {
    const size = pageLimit(limit);
    const isFirst = after === undefined || Buffer.compare(Buffer.from(after), Buffer.from(keyPrefix)) < 0;
    const rows = (isFirst ? this.#from : this.#after).all(
      table,
      scope,
      isFirst ? keyPrefix : after,
      keyPrefix + END,
      size + 1,
    );
    const page = rows.slice(0, size);
    return { ...this.#page(table, page), next: rows.length > size ? text(page.at(-1)?.['key']) : undefined };
  }

  /** All that can be read of a scope in which a page cannot, with the gap as damage. */
  scanAround({ table, scope, keyPrefix = '' }: ScanQuery): RecordPage {
    const range = [table, scope, keyPrefix, keyPrefix + END] as const;
    const ascending = this.#from.iterate(...range, -1);
    const { rows, gapAt } = readableRows(ascending, this.#backwards.iterate(...range), (row) => row['key']);
    const page = this.#page(table, rows);
    const [from, to] = [rows[gapAt - 1], rows[gapAt]].map((row) => (row ? `"${text(row['key'])}"` : 'the end'));
    const gap = {
      kind: 'record' as const,
      table,
      scope,
      key: text(rows[gapAt - 1]?.['key']),
      reason: `nothing between ${from} and ${to} can be read`,
    };
    return { records: page.records, damaged: [...page.damaged, gap], next: undefined };
  }

  scanDue({ table, scope, before, limit }: DueQuery): RecordPage {
    const size = pageLimit(limit);
    const rows =
      scope === undefined ? this.#due.all(table, before, size) : this.#dueInScope.all(table, scope, before, size);
    return { ...this.#page(table, rows), next: undefined };
  }

  /** @returns rows that are not what was written, wherever they have got to, and the place to go on after; `undefined` at the end */
  verify(after: RecordPlace): { damaged: DamagedRecord[]; next: RecordPlace | undefined } {
    const { rows, isCutOff } = firstRows(this.#everything.iterate(...after), STEP);
    const places = rows.map(placeOfRow);
    this.#census.sweep(after, places);
    const damaged = rows.flatMap((row, index) => {
      const [table = '', scope = '', key = ''] = places[index] ?? [];
      const record = this.#opened(row, { table, scope, key });
      return 'reason' in record ? [record] : [];
    });
    const last = places.at(-1);
    // A damaged key may stand where it does not belong, and would lead back to where the step has begun.
    return { damaged, next: isCutOff && last && comparePlaces(last, after) > 0 ? last : undefined };
  }

  reseal(after: RecordPlace): ResealedRows<RecordPlace> {
    const { rows, isCutOff } = firstRows(this.#everything.iterate(...after), STEP);
    const damaged = rows.filter((row) => !this.#resealRow(row)).length;
    const last = rows.at(-1);
    const next = last && placeOfRow(last);
    return { seen: rows.length, damaged, next: isCutOff && next && comparePlaces(next, after) > 0 ? next : undefined };
  }

  /** @returns whether it is sealed with the current key now */
  #resealRow(row: Row): boolean {
    if (keyIdOf(row['body']) === this.#codec.currentKeyId) return true;
    const [table, scope, key] = placeOfRow(row);
    const record = this.#opened(row, { table, scope, key });
    if ('reason' in record) return false;
    const due = record.due ?? null;
    const { body, checksum } = this.#codec.seal(recordLabel(table, scope, key, record.version, due), record.value);
    this.#update.run(record.version, due, body, checksum, table, scope, key);
    this.#totals.forget(table);
    return true;
  }

  #putNew({ table, scope, key, value, due = undefined }: PutOperation): number {
    const { body, checksum } = this.#codec.seal(recordLabel(table, scope, key, 1, due ?? null), value);
    try {
      this.#insert.run(table, scope, key, 1, due ?? null, body, checksum);
    } catch (error) {
      throw isConstraint(error) ? conflict({ table, scope, key }) : error;
    }
    this.#census.add(1, [table, scope, key]);
    this.#totals.add(table, scope, 1, sizeOf(body));
    return 1;
  }

  #putOver(operation: PutOperation): number {
    const { table, scope, key, value, due = null, expectedVersion } = operation;
    const head = this.#headOf(table, scope, key);
    expectVersion(head?.version ?? 0, expectedVersion, operation);
    if (!head) return this.#putNew(operation);
    const version = head.version + 1;
    const { body, checksum } = this.#codec.seal(recordLabel(table, scope, key, version, due), value);
    this.#update.run(version, due, body, checksum, table, scope, key);
    this.#totals.add(table, scope, 0, sizeOf(body) - head.bytes);
    return version;
  }

  /** A damaged version counts as 0, so that the record can still be replaced unseen. */
  #headOf(table: string, scope: string, key: string): { version: number; bytes: number } | undefined {
    const row = this.#head.get(table, scope, key);
    if (!row) return undefined;
    const version = wholeNumber(row['version']);
    return { version: Number.isSafeInteger(version) ? version : 0, bytes: wholeNumber(row['bytes']) || 0 };
  }

  #page(table: string, rows: readonly Row[]): Pick<RecordPage, 'records' | 'damaged'> {
    const records: StoredRecord[] = [];
    const damaged: DamagedRecord[] = [];
    for (const row of rows) {
      const found = this.#opened(row, { table, scope: text(row['scope']), key: text(row['key']) });
      if ('reason' in found) damaged.push(found);
      else records.push(found);
    }
    return { records, damaged };
  }

  #opened(row: Row, place: Place): StoredRecord | DamagedRecord {
    const { table, scope, key } = place;
    const version = wholeNumber(row['version']);
    const due = row['due'] === null ? null : wholeNumber(row['due']);
    try {
      const value = this.#codec.open(recordLabel(table, scope, key, version, due), row['body'], checksumOf(row));
      return { scope, key, version, value, due: due ?? undefined };
    } catch (error) {
      if (error instanceof SealBrokenError) return { kind: 'record', ...place, reason: error.message };
      throw error;
    }
  }
}

interface Place {
  readonly table: string;
  readonly scope: string;
  readonly key: string;
}

function placeOfRow(row: Row): RecordPlace {
  return [text(row['collection']), text(row['scope']), text(row['key'])];
}

function expectVersion(version: number, expected: number | undefined, { table, scope, key }: Place): void {
  if (expected !== undefined && version !== expected) throw conflict({ table, scope, key });
}

function conflict(place: Place): StoreConflictError {
  return new StoreConflictError('version', placeOf({ kind: 'record', ...place, reason: '' }));
}

function sizeOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
}
