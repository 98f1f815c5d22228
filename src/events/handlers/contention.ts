/**
 * What an attempt that failed because others were in the way means: it is no fault of the handler, does not count as an attempt, and is made
 * again. Conflicts are bounded, because two handlers may be in each other's way for ever.
 */
import type { Backoff, Contention } from '../../common/index.js';

/** So many conflicts in a row do not count; each further one is an attempt, so that a livelock ends. */
export const MAX_CONFLICTS = 100;

/** The first report of a possible livelock; the next ones come at twice as many. */
const FIRST_REPORT = 10;

const MAX_CAUSES = 10;

/** A wait between nothing and twice the planned one: those who have met must not meet again. */
export const CONFLICT_BACKOFF: Backoff = { initialMs: 10, maxMs: 15_000, factor: 2, jitter: 1 };

/** Looks at what was thrown and at its causes. An error of another copy of Panotti counts as well. Never throws. */
export function contentionOf(thrown: unknown): Contention | undefined {
  try {
    let next: unknown = thrown;
    for (let depth = 0; depth < MAX_CAUSES && typeof next === 'object' && next !== null; depth++) {
      if ('contention' in next && (next.contention === 'conflict' || next.contention === 'room'))
        return next.contention;
      next = 'cause' in next ? next.cause : undefined;
    }
  } catch {
    // A value may throw in turn when it is looked at: it is a failure like any other.
  }
  return undefined;
}

/** 10, 20, 40 and so on. */
export function isLivelockReport(conflicts: number): boolean {
  return conflicts % FIRST_REPORT === 0 && Number.isInteger(Math.log2(conflicts / FIRST_REPORT));
}
