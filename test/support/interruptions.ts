/** Which deliveries ran when the process was killed, by the journal of a run: five times in a row, and an event is given up on purpose. */

/** Starts in a row without an end, after which a delivery becomes a dead letter. */
const POISON_STARTS = 5;

/** A delivery is named by its handler and its event: `post 0-1-2`. */
export class Interruptions {
  /** Of this life: what has begun and not failed. The number is of the latest publish at its end, where it has ended. */
  readonly #begun = new Map<string, number | undefined>();
  readonly #inARow = new Map<string, number>();
  readonly #tried = new Map<string, number>();
  #latestTried = 0;
  /** The latest of the publishes that were on the disk. */
  #latestAcked = 0;

  tried(publish: string): void {
    this.#tried.set(publish, ++this.#latestTried);
  }

  acked(publish: string): void {
    this.#latestAcked = Math.max(this.#latestAcked, this.#tried.get(publish) ?? 0);
    this.#tried.delete(publish);
  }

  start(delivery: string): void {
    // Twice in one life: it was counted again.
    if (this.#begun.has(delivery)) this.#inARow.delete(delivery);
    this.#begun.set(delivery, undefined);
  }

  end(delivery: string): void {
    this.#begun.set(delivery, this.#latestTried);
  }

  fail(delivery: string): void {
    this.#begun.delete(delivery);
    this.#inARow.delete(delivery);
  }

  killed(): void {
    for (const [delivery, endedAfter] of this.#begun) {
      // Units are stored in their order: behind its end, none may have been stored before its own.
      if (endedAfter === undefined || this.#latestAcked <= endedAfter)
        this.#inARow.set(delivery, this.inARow(delivery) + 1);
      else this.#inARow.delete(delivery);
    }
    this.#begun.clear();
    this.#tried.clear();
  }

  /** Kills in a row during which it ran; lives in which it did not begin do not count. */
  inARow(delivery: string): number {
    return this.#inARow.get(delivery) ?? 0;
  }

  isPoisoned(delivery: string): boolean {
    return this.inARow(delivery) >= POISON_STARTS;
  }
}
