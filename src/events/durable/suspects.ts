/**
 * Deliveries that ran when the process ended. They run one at a time, so that only the one that ends the process is to blame the next time. The
 * last try of one waits until the process has run for a while: an end that comes from outside, again and again, is then not taken for its work.
 */
import type { Clock } from '../../common/index.js';

/** A delivery during which the process ended so often is not tried again. */
export const POISON_BOOTS = 3;

/** Age of the process at the last try, in milliseconds: longer than the life of a server that is killed as soon as it works. */
const LAST_TRY_AFTER_MS = 2_000;

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
    if (starts >= POISON_BOOTS - 1) await this.clock.sleep(this.#openedMs + LAST_TRY_AFTER_MS - this.clock.monotonicMs());
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
