/** For tests that need something optional of the machine. Where it is missing they are reported as skipped, by name; `.ci/run` makes that a failure. */
import { it } from '@jest/globals';

/** `it` where what the test needs is there, `it.skip` elsewhere. */
export function itWhere(isThere: boolean): typeof it | typeof it.skip {
  return isThere ? it : it.skip;
}
