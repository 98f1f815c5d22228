/** A limit on how long something may take. What arrives after it is ignored: nobody waits for it any more. */
import type { Clock } from './clock.js';

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Makes the error that the waiting side gets. */
  readonly onLate: () => Error;
}

/**
 * Settles as `work` does, or rejects with `onLate()` once `timeoutMs` has passed.
 * A late rejection of `work` is swallowed here, because its caller has been answered already.
 */
export function withinDeadline<T>(work: PromiseLike<T>, deadline: Deadline): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = deadline.clock.after(deadline.timeoutMs, () => reject(deadline.onLate()));
    Promise.resolve(work)
      .finally(() => timer.cancel())
      .then(resolve, reject);
  });
}
