/**
 * Deliveries that ran when the process ended. They run one at a time, so that only the one that ends the process can be the cause the next time.
 * The later tries of one wait until the process has run for a while, longer each time: repeated ends that come from outside are then not blamed on it.
 */
import type { Clock } from '../../../common/index.js';

/** A delivery during which the process ended so often is not tried again. */
export const MAX_CRASHES = 5;

/** Tries that are made without a wait after a start. */
const PROMPT_TRIES = 2;

/** Age of the process at the next try, in milliseconds; doubled for each further one. */
const FIRST_AGE_MS = 2_000;

export class CrashCandidates {
  readonly #openedMs: number;
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly clock: Clock) {
    this.#openedMs = clock.monotonicMs();
  }

  /**
   * Waits until the turns of all earlier candidates are over.
   *
   * @param crashes tries that ended with the process
   * @returns what ends the turn
   */
  async turn(crashes: number): Promise<() => void> {
    if (crashes >= PROMPT_TRIES) {
      const ageMs = FIRST_AGE_MS * 2 ** (crashes - PROMPT_TRIES);
      await this.clock.sleep(this.#openedMs + ageMs - this.clock.monotonicMs());
    }
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
