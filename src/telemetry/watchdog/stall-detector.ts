/**
 * Decides when the event loop of another thread counts as blocked, from a counter that its timer moves. Pure: the watchdog's worker brings
 * the time and the counter.
 */
export class StallDetector {
  #count: number | undefined;
  #standsSinceMs = 0;
  #checkedAtMs = 0;
  #reportAtMs: number;
  #waitMs = 0;

  /**
   * @param thresholdMs how long the counter may stand still
   * @param maxMs       a time that is to be told besides
   */
  constructor(
    private readonly thresholdMs: number,
    private readonly maxMs = Number.POSITIVE_INFINITY,
  ) {
    this.#reportAtMs = thresholdMs;
  }

  /** How long until the next report if the counter does not move, as of the last check; to be checked then at the latest. */
  get waitMs(): number {
    return this.#waitMs;
  }

  /**
   * For how long the counter has stood still, in milliseconds, when that is to be told: at the threshold, then after twice that time, four
   * times …
   */
  check(count: number, nowMs: number): number | undefined {
    // The checks themselves stood still, so the machine was suspended, the process stopped, or the processor busy with others.
    const stoodStillItself = nowMs - this.#checkedAtMs > this.#waitMs + this.thresholdMs / 2;
    if (count !== this.#count || stoodStillItself) {
      this.#count = count;
      this.#standsSinceMs = nowMs;
      this.#reportAtMs = this.thresholdMs;
    }
    const stoodMs = nowMs - this.#standsSinceMs;
    const isDue = stoodMs >= this.#reportAtMs;
    while (this.#reportAtMs <= stoodMs) this.#reportAtMs = this.#reportAfter(this.#reportAtMs);
    this.#checkedAtMs = nowMs;
    this.#waitMs = this.#reportAtMs - stoodMs;
    return isDue ? stoodMs : undefined;
  }

  #reportAfter(reportAtMs: number): number {
    const doubledMs = reportAtMs * 2;
    return reportAtMs < this.maxMs ? Math.min(doubledMs, this.maxMs) : doubledMs;
  }
}
