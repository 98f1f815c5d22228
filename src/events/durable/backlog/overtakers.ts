/** Which events have overtaken others that wait for one subscription in the log: more important ones that found no place in memory. */

/** Each event that overtakes leaves a hole in the cursor until the log has been read so far. */
const LIMIT = 1_000;

export class Overtakers {
  /** Positions of the log that were not read yet. */
  readonly #ahead = new Set<number>();
  /** Rank of the least important event that waits in the log; `Infinity` if none does, 0 if it is unknown. */
  #leastWaiting = Number.POSITIVE_INFINITY;

  restored(positions: Iterable<number>): void {
    for (const position of positions) this.#ahead.add(position);
  }

  /** Events of any importance may wait in the log. */
  logWaits(): void {
    this.#leastWaiting = 0;
  }

  /** Nothing waits in the log. */
  caughtUp(): void {
    this.#leastWaiting = Number.POSITIVE_INFINITY;
  }

  mayOvertake(rank: number): boolean {
    return rank > this.#leastWaiting && this.#ahead.size < LIMIT;
  }

  /** An event of this rank waits in the log with the others. */
  waits(rank: number): void {
    this.#leastWaiting = Math.min(this.#leastWaiting, rank);
  }

  overtook(position: number): void {
    this.#ahead.add(position);
  }

  /** The event waits in the log after all. */
  fellBack(position: number): void {
    this.#ahead.delete(position);
  }

  /** True if a record owns the event at this position, and the log is to skip it. To be asked once, when the log is read. */
  skips(position: number): boolean {
    return this.#ahead.delete(position);
  }

  /** The log is read again from here on. */
  readsFrom(position: number): void {
    for (const overtaker of this.#ahead) if (overtaker <= position) this.#ahead.delete(overtaker);
  }
}
