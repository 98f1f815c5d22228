/** A limit on how long something may wait, in which the time that it computes does not count: that differs with the machine. */
import type { Clock } from '../../common/index.js';

const LOOK_MS = 20;

export interface WaitingTime {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** How long the event loop has waited for something to happen, in milliseconds since any moment. */
  readonly idleMs: () => number;
  /** Makes the error that the waiting side gets. */
  readonly onLate: () => Error;
  /** Called once when it has waited for long enough that others need not wait for it. */
  readonly onWaiting: () => void;
}

/** After this time others need not wait. */
const PATIENCE_MS = 100;

/** Settles as `work` does, or rejects with `onLate()` once the event loop has been idle for `timeoutMs` in the meantime. Late rejections are swallowed. */
export function withinWaitingTime<T>(
  work: PromiseLike<T>,
  { clock, timeoutMs, idleMs, onLate, onWaiting }: WaitingTime,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const beganAtMs = idleMs();
    let isWaiting = false;
    const look = (): void => {
      const waitedMs = idleMs() - beganAtMs;
      if (!isWaiting && waitedMs >= PATIENCE_MS) {
        isWaiting = true;
        onWaiting();
      }
      if (waitedMs >= timeoutMs) reject(onLate());
      else timer = clock.after(LOOK_MS, look);
    };
    let timer = clock.after(LOOK_MS, look);
    Promise.resolve(work)
      .finally(() => timer.cancel())
      .then(resolve, reject);
  });
}
