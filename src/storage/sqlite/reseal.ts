/**
 * Seals everything again with the current key, one step at a time: the log, then the records, then cursors and what the
 * store knows of itself.
 */
import type { RecordCensus } from './record-census.js';
import type { RecordPlace } from './record-place.js';
import type { SqliteCursors } from './sqlite-cursors.js';
import type { SqliteLog } from './sqlite-log.js';
import type { SqliteRecords } from './sqlite-records.js';

interface Sealed {
  readonly log: SqliteLog;
  readonly records: SqliteRecords;
  readonly cursors: SqliteCursors;
  readonly census: RecordCensus;
}

type Place = { readonly entry: number } | { readonly record: RecordPlace; readonly seen: number };

export interface RowsStep {
  /** `undefined` when every row has been looked at. */
  readonly next: string | undefined;
  /** Rows that remain to be looked at, about. */
  readonly left: number;
  readonly damaged: number;
}

/** @param from what the step before has returned */
export function resealRows({ log, records, cursors, census }: Sealed, from: string | undefined): RowsStep {
  // Only this function makes such texts.
  const place: Place = from === undefined ? { entry: log.first - 1 } : (JSON.parse(from) as Place);
  if ('entry' in place) {
    const { damaged, next } = log.reseal(place.entry);
    const following: Place = next === undefined ? { record: ['', '', ''], seen: 0 } : { entry: next };
    return {
      next: JSON.stringify(following),
      left: (next === undefined ? 0 : log.last - next) + census.count,
      damaged,
    };
  }
  const { seen, damaged, next } = records.reseal(place.record);
  const seenSoFar = place.seen + seen;
  const left = Math.max(0, census.count - seenSoFar);
  if (next) return { next: JSON.stringify({ record: next, seen: seenSoFar } satisfies Place), left, damaged };
  cursors.reseal();
  return { next: undefined, left: 0, damaged };
}
