/**
 * The stretches of time between which the wall clock was set, and where they begin in the log: events have wall times,
 * and their age is known only with them.
 */

/** A difference that is smaller comes from how clocks are read. */
export const JUMP_MS = 1_000;

/** Older ones become one. */
const MAX_STRETCHES = 100;

export interface Stretch {
  /** Events above this position of the log were stored in it. */
  readonly after: number;
  /** When it began, in the time of `DueClock`. */
  readonly since: number;
  /** How far the time of `DueClock` is ahead of the wall clock. */
  readonly aheadMs: number;
}

const FIRST: Stretch = Object.freeze({ after: 0, since: 0, aheadMs: 0 });

export class ClockStretches {
  readonly #all: Stretch[];

  constructor(stored: readonly Stretch[] = []) {
    this.#all = stored.length === 0 ? [FIRST] : [...stored];
  }

  get all(): readonly Stretch[] {
    return this.#all;
  }

  get current(): Stretch {
    return this.#all.at(-1) ?? FIRST;
  }

  begin(stretch: Stretch): void {
    this.#all.push(stretch);
    if (this.#all.length > MAX_STRETCHES) this.#all.splice(1, 1);
  }

  /** Nothing of the log is left before `first`. */
  trimmed(first: number): void {
    while (this.#all[1] !== undefined && this.#all[1].after < first) this.#all.shift();
  }

  /** The stretch in which a moment is, and the last position of the log that belongs to it. */
  at(due: number): Stretch & { readonly through: number } {
    const index = Math.max(
      0,
      this.#all.findLastIndex(({ since }) => since <= due),
    );
    return { ...(this.#all[index] ?? FIRST), through: this.#all[index + 1]?.after ?? Number.MAX_SAFE_INTEGER };
  }

  /**
   * When an event with this wall time was stored, in the time of `DueClock`. Without its position the latest time that
   * fits is taken.
   */
  dueTimeOf({ time, position }: { readonly time: number; readonly position?: number }, now: number): number {
    const index =
      position === undefined ? this.#fitting(time, now) : this.#all.findLastIndex(({ after }) => after < position);
    return time + (this.#all[index] ?? this.current).aheadMs;
  }

  #fitting(time: number, now: number): number {
    return this.#all.findLastIndex(({ since, aheadMs }, index) => {
      const due = time + aheadMs;
      return due >= since - JUMP_MS && due <= (this.#all[index + 1]?.since ?? now) + JUMP_MS;
    });
  }
}
