/** With which keys the rows of a file are sealed, by what can be read of it. */
import type { DatabaseSync } from 'node:sqlite';
import { keyIdOf } from '../sealing/sealed-bytes.js';
import { prepareRead, type Row } from './row.js';
import { isUnreadable } from './sqlite-result.js';

/** Enough of a sealed body to know it as one. */
const HEAD_BYTES = 100;

/** How many rows each key has sealed, by its id; `UNSEALED` for rows without a seal. */
export function keyIdsIn(db: DatabaseSync): Map<string, number> {
  const ids = new Map<string, number>();
  for (const table of ['meta', 'cursors', 'log', 'records']) {
    const sql = `SELECT CASE typeof(body) WHEN 'blob' THEN substr(body, 1, ${HEAD_BYTES}) ELSE '' END AS head FROM ${table}`;
    countUntilUnreadable(prepareRead(db, sql).iterate(), ids);
  }
  return ids;
}

function countUntilUnreadable(rows: Iterable<Row>, ids: Map<string, number>): void {
  try {
    for (const row of rows) {
      const id = keyIdOf(row['head']);
      if (id !== undefined) ids.set(id, (ids.get(id) ?? 0) + 1);
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
}
