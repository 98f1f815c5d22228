/**
 * Deliveries that ran when the process ended. They run one at a time, so that only the one that ends the process is to blame the next time. The
 * later tries of one wait until the process has run for a while, longer each time: ends that come from outside, again and again, are then not
 * taken for its work.
 */
import type { Clock } from '../../../common/index.js';

/** A delivery during which the process ended so often is not tried again. */
export const POISON_BOOTS = 5;

/** So many tries are made at once after a start. */
const PROMPT_TRIES = 2;

/** Age of the process at the next try, in milliseconds; twice as much at each further one. */
const FIRST_AGE_MS = 2_000;

export class Suspects {
  readonly #openedMs: number;
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly clock: Clock) {
    this.#openedMs = clock.monotonicMs();
  }

  /**
   * Resolves with what ends the turn, when all that came before have ended theirs.
   *
   * @param starts how many of its tries have ended with the process
   */
  async turn(starts: number): Promise<() => void> {
    if (starts >= PROMPT_TRIES) {
      const ageMs = FIRST_AGE_MS * 2 ** (starts - PROMPT_TRIES);
      await this.clock.sleep(this.#openedMs + ageMs - this.clock.monotonicMs());
    }
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
