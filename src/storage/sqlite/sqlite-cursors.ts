/** Cursors in SQLite. They live in memory; those that have moved are written once a transaction, to the older of their two copies. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PositionSet } from '../embedded/position-set.js';
import type { RecordCodec } from '../sealing/record-codec.port.js';
import { cursorLabel } from '../sealing/record-label.js';
import type { DamagedCursor, StoredCursor } from '../stored.js';
import { messageOf } from '../../common/index.js';
import { checksumOf, prepareRead, text, wholeNumber, type Row } from './row.js';

interface Cursor {
  readonly set: PositionSet;
  generation: number;
}

export class SqliteCursors {
  readonly #codec: RecordCodec;
  readonly #all: StatementSync;
  readonly #write: StatementSync;
  readonly #remove: StatementSync;
  readonly #moved = new Set<string>();
  #cursors = new Map<string, Cursor>();
  #damaged: DamagedCursor[] = [];

  constructor(db: DatabaseSync, codec: RecordCodec) {
    this.#codec = codec;
    this.#all = prepareRead(db, 'SELECT subscription, slot, generation, body, checksum FROM cursors');
    this.#write = db.prepare(
      'INSERT OR REPLACE INTO cursors (subscription, slot, generation, body, checksum) VALUES (?, ?, ?, ?, ?)',
    );
    this.#remove = db.prepare('DELETE FROM cursors WHERE subscription = ?');
  }

  get damaged(): readonly DamagedCursor[] {
    return this.#damaged;
  }

  /** The highest position that any of them has seen. */
  get highest(): number {
    return Math.max(0, ...[...this.#cursors.values()].map(({ set }) => set.highest));
  }

  /** Also after a transaction that did not happen. */
  load(): void {
    this.#moved.clear();
    this.#damaged = [];
    this.#cursors = new Map();
    for (const row of this.#all.iterate()) this.#loadCopy(row);
    for (const { subscription } of this.#damaged) {
      if (!this.#cursors.has(subscription)) this.#cursors.set(subscription, { set: new PositionSet(0), generation: 0 });
    }
  }

  toMap(): Map<string, StoredCursor> {
    return new Map([...this.#cursors].map(([subscription, { set }]) => [subscription, set.toCursor()]));
  }

  acknowledge(subscription: string, position: number): void {
    const cursor = this.#cursors.get(subscription);
    if (!cursor) return;
    cursor.set.add(position);
    this.#moved.add(subscription);
  }

  /** Writes both copies at once, so that there are two from the start. */
  place(subscription: string, position: number): void {
    const generation = this.#cursors.get(subscription)?.generation ?? 0;
    const cursor = { set: new PositionSet(position), generation };
    this.#cursors.set(subscription, cursor);
    this.#writeCopy(subscription, cursor);
    this.#writeCopy(subscription, cursor);
  }

  drop(subscription: string): void {
    this.#cursors.delete(subscription);
    this.#moved.delete(subscription);
    this.#remove.run(subscription);
  }

  writeMoved(): void {
    for (const subscription of this.#moved) {
      const cursor = this.#cursors.get(subscription);
      if (cursor) this.#writeCopy(subscription, cursor);
    }
    this.#moved.clear();
  }

  /** Writes every copy with the newest key. */
  reseal(): void {
    for (const [subscription, cursor] of this.#cursors) {
      this.#writeCopy(subscription, cursor);
      this.#writeCopy(subscription, cursor);
    }
  }

  #writeCopy(subscription: string, cursor: Cursor): void {
    const generation = ++cursor.generation;
    const slot = generation % 2;
    const { body, checksum } = this.#codec.seal(cursorLabel(subscription, slot, generation), cursor.set.toText());
    this.#write.run(subscription, slot, generation, body, checksum);
  }

  #loadCopy(row: Row): void {
    const subscription = text(row['subscription']);
    const generation = wholeNumber(row['generation']);
    try {
      const label = cursorLabel(subscription, wholeNumber(row['slot']), generation);
      const set = PositionSet.fromText(this.#codec.open(label, row['body'], checksumOf(row)));
      if (generation >= (this.#cursors.get(subscription)?.generation ?? 0))
        this.#cursors.set(subscription, { set, generation });
    } catch (error) {
      this.#damaged.push({ kind: 'cursor', subscription, reason: messageOf(error) });
    }
  }
}
