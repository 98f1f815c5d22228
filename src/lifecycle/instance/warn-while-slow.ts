/** Warns repeatedly, with growing pauses, while something takes long. */
import type { Clock, ClockTimer } from '../../common/index.js';

const LONGEST_PAUSE_SECONDS = 60;

export interface SlowWarning {
  readonly clock: Clock;
  /** Gets the time passed, in milliseconds. */
  readonly warn: (elapsedMs: number) => void;
}

/**
 * Settles as `work` does; until then it warns after 1, 2, 3, 5, 8, 13 … s: Fibonacci, and every 60 s once the pauses have grown to that.
 * No timer is left when `work` has settled.
 */
export async function warnWhileSlow<T>(work: PromiseLike<T>, { clock, warn }: SlowWarning): Promise<T> {
  // Each time is the sum of the two before it, all in seconds.
  const arm = (now: number, next: number, previous: number): ClockTimer => {
    const speak = (): void => {
      timer = arm(next, next + Math.min(previous, LONGEST_PAUSE_SECONDS), next);
      warn(next * 1_000);
    };
    return clock.after((next - now) * 1_000, speak, { background: true });
  };
  let timer = arm(0, 1, 1);
  try {
    return await work;
  } finally {
    timer.cancel();
  }
}
