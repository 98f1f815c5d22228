/** Collects the outcomes of one event for a publisher that waits for them. */
import type { DeliveryOutcome } from '../plugin-events.js';

export class DeliveryReport {
  readonly #outcomes: DeliveryOutcome[];
  #open: number;
  /** Handlers mostly end in their order, so the search for the next one begins here. */
  #lastWritten = -1;
  #resolve: ((outcomes: DeliveryOutcome[]) => void) | undefined;

  /** @param expected one outcome for each handler, as it will be if nothing goes wrong: only deviations are written */
  constructor(expected: readonly DeliveryOutcome[]) {
    this.#outcomes = expected.slice();
    this.#open = expected.length;
  }

  /** A handler is done as expected. */
  settled(): void {
    if (--this.#open === 0) this.#resolve?.(this.#outcomes);
  }

  /** A handler is done, and otherwise than expected. */
  settledWith(expected: DeliveryOutcome, outcome: DeliveryOutcome): void {
    const after = this.#outcomes.indexOf(expected, this.#lastWritten + 1);
    this.#lastWritten = after >= 0 ? after : this.#outcomes.indexOf(expected);
    this.#outcomes[this.#lastWritten] = outcome;
    this.settled();
  }

  /** Resolves once every handler is done. */
  complete(): Promise<DeliveryOutcome[]> {
    if (this.#open === 0) return Promise.resolve(this.#outcomes);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
