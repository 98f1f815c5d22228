/**
 * Seals everything anew with the newest key, a step at a time: the log, then the records, then cursors and what the
 * store knows of itself.
 */
import type { SqliteCursors } from './sqlite-cursors.js';
import type { SqliteLog } from './sqlite-log.js';
import type { SqliteMeta } from './sqlite-meta.js';
import type { SqliteRecords } from './sqlite-records.js';

interface Sealed {
  readonly log: SqliteLog;
  readonly records: SqliteRecords;
  readonly cursors: SqliteCursors;
  readonly meta: SqliteMeta;
}

type Place = { readonly entry: number } | { readonly record: readonly [table: string, scope: string, key: string] };

/** @param from what the step before has returned */
export function resealStep({ log, records, cursors, meta }: Sealed, from: string | undefined): string | undefined {
  // Only this function makes such texts.
  const place: Place = from === undefined ? { entry: 0 } : (JSON.parse(from) as Place);
  if ('entry' in place) {
    const entry = log.reseal(place.entry);
    return JSON.stringify(entry === undefined ? { record: ['', '', ''] } : { entry });
  }
  const record = records.reseal(place.record);
  if (record) return JSON.stringify({ record });
  cursors.reseal();
  meta.reseal();
  return undefined;
}
