/** How long to wait before the next attempt: exponential, capped, with jitter so that many waiters do not return at once. */

export interface Backoff {
  /** The wait before the second attempt, in milliseconds. */
  readonly initialMs: number;
  /** No wait is longer, jitter aside. */
  readonly maxMs: number;
  /** Each wait is this many times the one before. */
  readonly factor: number;
  /** The share by which a wait is moved at random, 0 to 1: 0.1 is plus or minus 10 %. */
  readonly jitter: number;
}

/**
 * The wait after attempt number `attempt` (1 is the first), in whole milliseconds.
 *
 * @param random a number from 0 to 1, taken anew for each call
 */
export function backoffDelayMs(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const planned = Math.min(backoff.initialMs * backoff.factor ** (attempt - 1), backoff.maxMs);
  return Math.round(planned * (1 + backoff.jitter * (2 * random() - 1)));
}
