/** The outcomes of one event, collected for a publisher that waits for them. */

/** How one handler fared with one event. */
export interface DeliveryOutcome {
  readonly plugin: string;
  /** `Class.method`. */
  readonly handler: string;
  /** `abandoned`: its plugin stopped first. */
  readonly status: 'handled' | 'failed' | 'timed-out' | 'abandoned';
  /** How often the handler was called; 0 when it never was. */
  readonly attempts: number;
  /**
   * Duration of the last attempt, in milliseconds; measured for one event in sixteen where the handler has no policy.
   */
  readonly durationMs: number | undefined;
  readonly error: Error | undefined;
}

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
