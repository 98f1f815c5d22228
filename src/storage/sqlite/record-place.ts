/** Where a record stands among all others, in the order of the file. */

export type RecordPlace = readonly [table: string, scope: string, key: string];

/** Negative where `a` comes before `b`: by code points, as SQLite orders texts, which is not what `<` does beyond the basic plane. */
export function comparePlaces(a: RecordPlace, b: RecordPlace): number {
  return compare(a[0], b[0]) || compare(a[1], b[1]) || compare(a[2], b[2]);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
