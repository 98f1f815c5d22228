/** Reads everything once, a step at a time, wherever it has got to: the cursors, the records and how many there are, then the log. */
import type { Damage } from '../stored.js';
import { isUnreadable } from './sqlite-result.js';
import type { RecordCensus } from './record-census.js';
import type { RecordPlace } from './record-place.js';
import type { SqliteCursors } from './sqlite-cursors.js';
import type { SqliteLog } from './sqlite-log.js';
import type { SqliteRecords } from './sqlite-records.js';

interface Verified {
  readonly log: SqliteLog;
  readonly records: SqliteRecords;
  readonly cursors: SqliteCursors;
  readonly census: RecordCensus;
}

interface Step {
  readonly damaged: readonly Damage[];
  readonly next: string | undefined;
}

type Place = { readonly record: RecordPlace } | { readonly entry: number };

const LOG: string = JSON.stringify({ entry: 0 } satisfies Place);

/** @param from what the step before has returned */
export function verifyStep(parts: Verified, from: string | undefined): Step {
  if (from === undefined)
    return { damaged: parts.cursors.damaged, next: JSON.stringify({ record: ['', '', ''] } satisfies Place) };
  // Only this function makes such texts.
  const place = JSON.parse(from) as Place;
  if ('record' in place) {
    return unlessUnreadable(() => {
      const { damaged, next } = parts.records.verify(place.record);
      if (next) return { damaged, next: JSON.stringify({ record: next } satisfies Place) };
      const missing = parts.census.missing();
      return { damaged: missing ? [...damaged, missing] : damaged, next: LOG };
    }, LOG);
  }
  const { damaged, next } = parts.log.read({ after: place.entry });
  return { damaged, next: next === undefined ? undefined : JSON.stringify({ entry: next } satisfies Place) };
}

function unlessUnreadable(step: () => Step, next: string): Step {
  try {
    return step();
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return {
      damaged: [{ kind: 'record', table: '*', scope: '*', key: '*', reason: 'a part of the records cannot be read' }],
      next,
    };
  }
}
