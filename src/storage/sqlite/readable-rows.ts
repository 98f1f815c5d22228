/** Reads around a page that cannot be read: from both ends up to it. */
import { isUnreadable } from './sqlite-result.js';
import type { Row } from './row.js';

export interface ReadableRows {
  /** Those before the gap, then those behind it, ascending. */
  readonly rows: readonly Row[];
  /** How many rows stand before it. */
  readonly gapAt: number;
}

/** @param keyOf tells where the two ends meet, should the gap hold no row */
export function readableRows(
  ascending: Iterable<Row>,
  descending: Iterable<Row>,
  keyOf: (row: Row) => unknown,
): ReadableRows {
  const before = untilUnreadable(ascending);
  const last = before.at(-1);
  const behind = untilUnreadable(descending);
  const meetAt = last === undefined ? -1 : behind.findIndex((row) => keyOf(row) === keyOf(last));
  const rest = (meetAt < 0 ? behind : behind.slice(0, meetAt)).toReversed();
  return { rows: [...before, ...rest], gapAt: before.length };
}

function untilUnreadable(rows: Iterable<Row>): Row[] {
  const read: Row[] = [];
  try {
    for (const row of rows) read.push(row);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  return read;
}
