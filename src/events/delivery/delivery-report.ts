/** Collects the outcomes of one event for a publisher that waits for them. */
import type { DeliveryOutcome } from '../plugin-events.js';

export class DeliveryReport {
  readonly #outcomes: DeliveryOutcome[];
  #open: number;
  #resolve: ((outcomes: DeliveryOutcome[]) => void) | undefined;

  /** @param expected one outcome for each handler, as it will be if nothing goes wrong: only deviations are written */
  constructor(expected: readonly DeliveryOutcome[]) {
    this.#outcomes = expected.slice();
    this.#open = expected.length;
  }

  /** The handler at `index` is done as expected. */
  settled(): void {
    if (--this.#open === 0) this.#resolve?.(this.#outcomes);
  }

  /** The handler at `index` is done, and otherwise than expected. */
  settledWith(index: number, outcome: DeliveryOutcome): void {
    this.#outcomes[index] = outcome;
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
