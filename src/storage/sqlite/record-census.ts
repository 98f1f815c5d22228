/** How many records there must be: kept beside them in each transaction that changes their number, so that one that has vanished is noticed. */
import type { DatabaseSync } from 'node:sqlite';
import type { DamagedRecord } from '../stored.js';
import type { SqliteMeta } from './sqlite-meta.js';

export class RecordCensus {
  readonly #db: DatabaseSync;
  readonly #meta: SqliteMeta;
  #count = 0;
  #written = 0;

  constructor(db: DatabaseSync, meta: SqliteMeta) {
    this.#db = db;
    this.#meta = meta;
  }

  get count(): number {
    return this.#count;
  }

  /** After opening, and after a transaction that did not happen. A damaged count is taken anew. */
  load(): void {
    this.#count = this.#written = this.#read() ?? this.#counted();
  }

  /** Counts the rows themselves, once. An index could still have what the table has lost. */
  missing(): DamagedRecord | undefined {
    const gone = this.#count - this.#counted();
    if (gone <= 0) return undefined;
    return { kind: 'record', table: '*', scope: '*', key: '*', reason: `${gone} of ${this.#count} records are not there` };
  }

  add(count: number): void {
    this.#count += count;
  }

  /** Undoes what was added since. */
  restore(count: number): void {
    this.#count = count;
  }

  write(): void {
    if (this.#count === this.#written) return;
    this.#meta.set('record-count', String(this.#count));
    this.#written = this.#count;
  }

  #read(): number | undefined {
    try {
      const text = this.#meta.get('record-count');
      return text === undefined ? undefined : Number(text);
    } catch {
      return undefined;
    }
  }

  #counted(): number {
    return Number(this.#db.prepare('SELECT count(*) AS count FROM records NOT INDEXED').get()?.['count']);
  }
}
