/** How many records there must be: kept beside them in each transaction that changes their number, so that one that has vanished is noticed. */
import type { DatabaseSync } from 'node:sqlite';
import type { DamagedRecord } from '../stored.js';
import { comparePlaces, type RecordPlace } from './record-place.js';
import type { SqliteMeta } from './sqlite-meta.js';

/** A count that goes through the records in steps while they change. */
interface Sweep {
  /** Records up to here have been counted. */
  through: RecordPlace;
  counted: number;
  /** A key that stands where it does not belong leads past others, and a transaction that did not happen has been counted. */
  isReliable: boolean;
}

export interface CensusMark {
  readonly count: number;
  readonly counted: number;
}

export class RecordCensus {
  readonly #db: DatabaseSync;
  readonly #meta: SqliteMeta;
  #count = 0;
  #written = 0;
  #sweep: Sweep | undefined;

  constructor(db: DatabaseSync, meta: SqliteMeta) {
    this.#db = db;
    this.#meta = meta;
  }

  get count(): number {
    return this.#count;
  }

  /** After opening, and after a transaction that did not happen. A damaged count is taken again. */
  load(): void {
    this.#count = this.#written = this.#read() ?? this.#counted();
    if (this.#sweep) this.#sweep.isReliable = false;
  }

  /** Counts records that were read after a place, all of them in the order of the file. The first step begins after the empty place. */
  sweep(after: RecordPlace, places: readonly RecordPlace[]): void {
    if (after.every((part) => part === '')) this.#sweep = { through: after, counted: 0, isReliable: true };
    const sweep = this.#sweep;
    if (!sweep) return;
    for (const place of places) {
      if (comparePlaces(place, sweep.through) <= 0) sweep.isReliable = false;
      sweep.through = place;
    }
    sweep.counted += places.length;
  }

  /** After the last step. Where the steps cannot be relied on, the rows are counted at once. */
  missing(): DamagedRecord | undefined {
    const counted = this.#sweep?.isReliable === true ? this.#sweep.counted : this.#counted();
    this.#sweep = undefined;
    const gone = this.#count - counted;
    if (gone <= 0) return undefined;
    return {
      kind: 'record',
      table: '*',
      scope: '*',
      key: '*',
      reason: `${gone} of ${this.#count} records are not there`,
    };
  }

  add(count: 1 | -1, place: RecordPlace): void {
    this.#count += count;
    if (this.#sweep && comparePlaces(place, this.#sweep.through) <= 0) this.#sweep.counted += count;
  }

  /** What `restore` takes to undo what was added since. */
  mark(): CensusMark {
    return { count: this.#count, counted: this.#sweep?.counted ?? 0 };
  }

  restore({ count, counted }: CensusMark): void {
    this.#count = count;
    if (this.#sweep) this.#sweep.counted = counted;
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

  /** An index could still have what the table has lost. */
  #counted(): number {
    return Number(this.#db.prepare('SELECT count(*) AS count FROM records NOT INDEXED').get()?.['count']);
  }
}
