/** The log in SQLite: a row an entry, positions without gaps, so that a row that is gone is noticed. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { messageOf } from '../../common/index.js';
import { SealBrokenError, type RecordCodec } from '../sealing/record-codec.port.js';
import { entryLabel } from '../sealing/record-label.js';
import { keyIdOf } from '../sealing/sealed-bytes.js';
import { StoreConflictError } from '../storage.errors.js';
import { LOG_WINDOW, pageLimit, type DamagedEntry, type LogEntry, type LogPage, type LogQuery } from '../stored.js';
import type { AppendOperation } from '../unit.js';
import { checksumOf, firstRows, prepareRead, text, wholeNumber, type ResealedRows, type Row } from './row.js';
import type { SqliteMeta } from './sqlite-meta.js';
import { isConstraint } from './sqlite-result.js';

const COLUMNS = 'position, id, name, time, body, checksum';
const RESEAL_STEP = 200;
/** A page ends behind this many bytes of bodies that were looked at. */
const PAGE_BYTES = 4_194_304;

/** How many of the newest rows may be damaged at once without any doubt about where the log ends. */
const NEWEST = 50;

export class SqliteLog {
  readonly #codec: RecordCodec;
  readonly #meta: SqliteMeta;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #trim: StatementSync;
  readonly #range: StatementSync;
  readonly #one: StatementSync;
  readonly #byId: StatementSync;
  readonly #lowest: StatementSync;
  readonly #newest: StatementSync;
  #trimmedThrough = 0;
  #last = 0;

  constructor(db: DatabaseSync, codec: RecordCodec, meta: SqliteMeta) {
    this.#codec = codec;
    this.#meta = meta;
    this.#insert = db.prepare(`INSERT INTO log (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`);
    this.#update = db.prepare('UPDATE log SET body = ?, checksum = ? WHERE position = ?');
    this.#trim = db.prepare('DELETE FROM log WHERE position <= ?');
    this.#range = prepareRead(db, `SELECT ${COLUMNS} FROM log WHERE position > ? AND position <= ? ORDER BY position`);
    this.#one = prepareRead(db, `SELECT ${COLUMNS} FROM log WHERE position = ?`);
    this.#byId = prepareRead(db, `SELECT ${COLUMNS} FROM log WHERE id = ?`);
    this.#lowest = prepareRead(db, 'SELECT min(position) AS lowest, count(*) AS count FROM log');
    this.#newest = prepareRead(db, `SELECT ${COLUMNS} FROM log ORDER BY position DESC LIMIT ${NEWEST}`);
  }

  get first(): number {
    return this.#trimmedThrough + 1;
  }

  get last(): number {
    return this.#last;
  }

  /** @param atLeast a position that is known to have been given, so that a tail that is gone leaves a hole */
  load(atLeast: number): void {
    this.#trimmedThrough = this.#readTrimmed() ?? this.#trimmedByRows(atLeast);
    this.#last = Math.max(this.#highestPosition(), this.#trimmedThrough, atLeast);
  }

  append({ id, name, time, body: plain }: AppendOperation): number {
    const position = this.#last + 1;
    const { body, checksum } = this.#codec.seal(entryLabel(position, id, name, time), plain);
    try {
      this.#insert.run(position, id, name, time, body, checksum);
    } catch (error) {
      throw isConstraint(error) ? new StoreConflictError('id', id) : error;
    }
    this.#last = position;
    return position;
  }

  trim(through: number): void {
    const end = Math.min(through, this.#last);
    if (end <= this.#trimmedThrough) return;
    this.#trim.run(end);
    this.#meta.set('trimmed-through', String(end));
    this.#trimmedThrough = end;
  }

  /** What `restore` takes to undo the appends and trims after now. */
  mark(): readonly [last: number, trimmedThrough: number] {
    return [this.#last, this.#trimmedThrough];
  }

  restore([last, trimmedThrough]: readonly [number, number]): void {
    this.#last = last;
    this.#trimmedThrough = trimmedThrough;
  }

  read({
    after,
    through = this.#last,
    limit,
    namePrefix = '',
    fromTime = -Infinity,
    beforeTime = Infinity,
  }: LogQuery): LogPage {
    const end = Math.min(through, this.#last);
    const from = Math.max(after, this.#trimmedThrough);
    const windowEnd = Math.min(end, from + LOG_WINDOW);
    const entries: LogEntry[] = [];
    const damaged: DamagedEntry[] = [];
    let seen = from;
    let bytes = 0;
    for (const found of this.#window(from, windowEnd)) {
      seen = found.position;
      if ('reason' in found) damaged.push(found);
      else if (found.name.startsWith(namePrefix) && found.time >= fromTime && found.time < beforeTime)
        entries.push(found);
      if ('body' in found) bytes += found.body.length;
      if (entries.length + damaged.length >= pageLimit(limit) || bytes >= PAGE_BYTES) break;
    }
    return { entries, damaged, next: seen < end ? seen : undefined };
  }

  find(id: string): LogEntry | DamagedEntry | undefined {
    const row = this.#byId.get(id);
    if (!row) return undefined;
    const position = wholeNumber(row['position']);
    return row['id'] === id
      ? this.#opened(row, position)
      : { kind: 'entry', position, reason: 'stands under the id of another' };
  }

  reseal(after: number): ResealedRows<number> {
    const { rows, isCutOff } = firstRows(this.#range.iterate(after, this.#last), RESEAL_STEP);
    let damaged = 0;
    for (const row of rows) {
      if (keyIdOf(row['body']) === this.#codec.currentKeyId) continue;
      const entry = this.#opened(row, wholeNumber(row['position']));
      if ('reason' in entry) {
        damaged++;
        continue;
      }
      const { body, checksum } = this.#codec.seal(
        entryLabel(entry.position, entry.id, entry.name, entry.time),
        entry.body,
      );
      this.#update.run(body, checksum, entry.position);
    }
    const last = wholeNumber(rows.at(-1)?.['position']);
    return { seen: rows.length, damaged, next: isCutOff && last > after ? last : undefined };
  }

  /** Each position above `from` up to `end` once, as what is there or as damage. */
  *#window(from: number, end: number): Iterable<LogEntry | DamagedEntry> {
    let expected = from + 1;
    try {
      for (const row of this.#range.iterate(from, end)) {
        const position = wholeNumber(row['position']);
        // A page that is damaged may give rows out of order: the positions themselves are asked for below.
        if (!(position >= expected && position <= end)) break;
        for (; expected < position; expected++) yield this.#single(expected);
        yield this.#opened(row, position);
        expected = position + 1;
      }
    } catch {
      // The page cannot be read from here on; entries on other pages can.
    }
    for (; expected <= end; expected++) yield this.#single(expected);
  }

  #single(position: number): LogEntry | DamagedEntry {
    try {
      const row = this.#one.get(position);
      return row ? this.#opened(row, position) : { kind: 'entry', position, reason: 'is not there' };
    } catch (error) {
      return { kind: 'entry', position, reason: messageOf(error) };
    }
  }

  #opened(row: Row, position: number): LogEntry | DamagedEntry {
    const id = text(row['id']);
    const name = text(row['name']);
    const time = wholeNumber(row['time']);
    try {
      return {
        position,
        id,
        name,
        time,
        body: this.#codec.open(entryLabel(position, id, name, time), row['body'], checksumOf(row)),
      };
    } catch (error) {
      if (error instanceof SealBrokenError) return { kind: 'entry', position, reason: error.message };
      throw error;
    }
  }

  /** A row whose position is damaged may stand far above all others: believed is a row that is as it was written, and what is close to it. */
  #highestPosition(): number {
    const rows = this.#newest.all();
    const positions = rows.map((row) => wholeNumber(row['position'])).filter(Number.isSafeInteger);
    const intact = rows.find((row) => !('reason' in this.#opened(row, wholeNumber(row['position']))));
    const believed = intact
      ? wholeNumber(intact['position'])
      : this.#trimmedThrough + wholeNumber(this.#lowest.get()?.['count']);
    return Math.max(believed, ...positions.filter((position) => position <= believed + NEWEST));
  }

  #trimmedByRows(atLeast: number): number {
    const lowest = wholeNumber(this.#lowest.get()?.['lowest']);
    return Number.isNaN(lowest) ? atLeast : lowest - 1;
  }

  #readTrimmed(): number | undefined {
    try {
      return Number(this.#meta.get('trimmed-through') ?? '0');
    } catch {
      // It follows from the entries that are there.
      return undefined;
    }
  }
}
