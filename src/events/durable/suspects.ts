/** Deliveries that ran when the process ended: they run one at a time, so that only the one that ends it is to blame the next time. */

export class Suspects {
  #last: Promise<void> = Promise.resolve();

  /** Resolves with what ends the turn, when all that came before have ended theirs. */
  async turn(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}
