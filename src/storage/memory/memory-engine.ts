/** The engine without a file: for tests, and for servers that need not remember. */
import { PositionSet } from '../embedded/position-set.js';
import { StoreConflictError } from '../storage.errors.js';
import type { EngineOperation, EmbeddedEngine, WriteFailure } from '../embedded/embedded-engine.port.js';
import {
  LOG_WINDOW,
  pageLimit,
  type Damage,
  type DueQuery,
  type LogEntry,
  type LogPage,
  type LogQuery,
  type LogStatus,
} from '../stored.js';
import type { RecordPage, ScanQuery, ScopeTotals, StoredCursor, StoredRecord } from '../stored.js';
import type { AppendOperation, PlaceCursorOperation, Receipt } from '../unit.js';
import { MemoryRecords } from './memory-records.js';
import { UndoLog } from './undo-log.js';

export class MemoryEngine implements EmbeddedEngine {
  readonly #undo = new UndoLog();
  readonly #records = new MemoryRecords(this.#undo);
  readonly #log = new Map<number, LogEntry>();
  readonly #positions = new Map<string, number>();
  readonly #cursors = new Map<string, string>();
  #first = 1;
  #last = 0;
  #bytes = 0;

  begin(): void {
    this.#undo.clear();
  }

  apply(unit: readonly EngineOperation[]): Receipt {
    const mark = this.#undo.mark;
    const positions: number[] = [];
    const versions: number[] = [];
    try {
      for (const operation of unit) this.#carryOut(operation, positions, versions);
    } catch (error) {
      this.#undo.undoTo(mark);
      throw error;
    }
    return { positions, versions };
  }

  commit(): void {
    this.#undo.clear();
  }

  rollback(): void {
    this.#undo.undoTo(0);
  }

  failureOf(): WriteFailure {
    return 'failed';
  }

  readFailure(error: unknown): unknown {
    return error;
  }

  tidy(): void {
    // There is no journal.
  }

  readLog({
    after,
    through = this.#last,
    limit,
    namePrefix = '',
    fromTime = -Infinity,
    beforeTime = Infinity,
  }: LogQuery): LogPage {
    const from = Math.max(after + 1, this.#first);
    const to = Math.min(through, this.#last, from + LOG_WINDOW - 1);
    const entries: LogEntry[] = [];
    let position = from;
    for (; position <= to && entries.length < pageLimit(limit); position++) {
      const entry = this.#log.get(position);
      if (entry?.name.startsWith(namePrefix) && entry.time >= fromTime && entry.time < beforeTime) entries.push(entry);
    }
    return { entries, damaged: [], next: position <= Math.min(through, this.#last) ? position - 1 : undefined };
  }

  findEntry(id: string): LogEntry | undefined {
    return this.#log.get(this.#positions.get(id) ?? 0);
  }

  logStatus(): LogStatus {
    return { first: this.#first, last: this.#last, bytes: this.#bytes + this.#records.bytes() };
  }

  cursors(): { cursors: ReadonlyMap<string, StoredCursor>; damaged: readonly Damage[] } {
    return {
      cursors: new Map([...this.#cursors].map(([name, text]) => [name, PositionSet.fromText(text).toCursor()])),
      damaged: [],
    };
  }

  get(table: string, scope: string, key: string): StoredRecord | undefined {
    return this.#records.get(table, scope, key);
  }

  scan(query: ScanQuery): RecordPage {
    return this.#records.scan(query);
  }

  scanDue(query: DueQuery): RecordPage {
    return this.#records.scanDue(query);
  }

  totals(table: string): ScopeTotals[] {
    return this.#records.totals(table);
  }

  parked(): Damage[] {
    return [];
  }

  verify(): { damaged: readonly Damage[]; next: undefined } {
    return { damaged: [], next: undefined };
  }

  reseal(): undefined {
    return undefined;
  }

  close(): void {
    this.#undo.clear();
  }

  #carryOut(operation: EngineOperation, positions: number[], versions: number[]): void {
    switch (operation.op) {
      case 'append':
        positions.push(this.#append(operation));
        break;
      case 'acknowledge':
        this.#acknowledge(operation.subscription, operation.position);
        break;
      case 'place-cursor':
        this.#placeCursor(operation);
        break;
      case 'drop-cursor':
        this.#undo.set(this.#cursors, operation.subscription, undefined);
        break;
      case 'put':
        versions.push(this.#records.put(operation));
        break;
      case 'delete':
        this.#records.delete(operation);
        break;
      case 'limit':
        this.#records.limit(operation);
        break;
      case 'prune':
        this.#records.prune(operation);
        break;
      case 'trim':
        this.#trim(operation.through);
        break;
      case 'park':
        break;
    }
  }

  #append({ id, name, time, body, passedBy = [] }: AppendOperation): number {
    if (this.#positions.has(id)) throw new StoreConflictError('id', id);
    const position = this.#last + 1;
    this.#move({ last: position, bytes: this.#bytes + Buffer.byteLength(body) });
    this.#undo.set(this.#log, position, Object.freeze({ position, id, name, time, body }));
    this.#undo.set(this.#positions, id, position);
    for (const subscription of passedBy) this.#acknowledge(subscription, position);
    return position;
  }

  #acknowledge(subscription: string, position: number): void {
    const text = this.#cursors.get(subscription);
    if (text === undefined) return;
    const set = PositionSet.fromText(text);
    set.add(position);
    this.#undo.set(this.#cursors, subscription, set.toText());
  }

  #placeCursor({ subscription, position }: PlaceCursorOperation): void {
    this.#undo.set(this.#cursors, subscription, new PositionSet(position === 'end' ? this.#last : position).toText());
  }

  #trim(through: number): void {
    for (let position = this.#first; position <= Math.min(through, this.#last); position++) {
      const entry = this.#log.get(position);
      if (!entry) continue;
      this.#undo.set(this.#log, position, undefined);
      this.#undo.set(this.#positions, entry.id, undefined);
      this.#move({ first: position + 1, bytes: this.#bytes - Buffer.byteLength(entry.body) });
    }
  }

  #move({
    first = this.#first,
    last = this.#last,
    bytes = this.#bytes,
  }: {
    first?: number;
    last?: number;
    bytes?: number;
  }): void {
    const before = [this.#first, this.#last, this.#bytes] as const;
    this.#undo.push(() => ([this.#first, this.#last, this.#bytes] = before));
    [this.#first, this.#last, this.#bytes] = [first, last, bytes];
  }
}
