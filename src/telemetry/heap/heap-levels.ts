/** At which fill of the heap what is due. Pure. */

/** From here on allocations are sampled, so that a warning can name who makes them. */
const SAMPLE_FROM = 0.6;
/** Sampling ends below it. */
const SAMPLE_UNTIL = 0.5;
/** Each is warned of once; the second has the better samples, and may be the last line of the process. */
const WARN_FROM: readonly number[] = [0.85, 0.95];
/** Below it a new rise is news: a heap that a collection empties now and then would fill the log otherwise. */
const OVER_BELOW = 0.75;

export interface HeapAdvice {
  readonly warn: boolean;
  readonly sample: boolean;
}

export class HeapLevels {
  #warned = 0;
  #isSampling = false;

  /** @param fill the used part of the heap, from 0 to 1 */
  check(fill: number): HeapAdvice {
    if (fill < OVER_BELOW) this.#warned = 0;
    this.#isSampling = fill >= (this.#isSampling ? SAMPLE_UNTIL : SAMPLE_FROM);
    const reached = WARN_FROM.filter((level) => fill >= level).length;
    const warn = reached > this.#warned;
    this.#warned = Math.max(this.#warned, reached);
    return { warn, sample: this.#isSampling };
  }
}
