/** The place of a record among all others, in the order of the file. */
import { compareCodePoints } from '../../common/index.js';

export type RecordPlace = readonly [table: string, scope: string, key: string];

/** Negative where `a` comes before `b`: by code points, as SQLite orders texts, which is not what `<` does beyond the basic plane. */
export function comparePlaces(a: RecordPlace, b: RecordPlace): number {
  return compareCodePoints(a[0], b[0]) || compareCodePoints(a[1], b[1]) || compareCodePoints(a[2], b[2]);
}
