/** One timer for everything that is due later, whichever subscription it belongs to. */
import type { Clock, ClockTimer } from '../../../common/index.js';
import type { DueClock } from './due-clock.js';

/** The longest sleep: where the machine was suspended, what is due is found late by this at most. */
const MAX_SLEEP_MS = 60_000;

export class DueTimer {
  readonly #due = new Map<() => void, number>();
  #timer: ClockTimer | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly dues: DueClock,
  ) {}

  /** Calls `wake` at `due`, a moment of `DueClock`, or earlier; once for all calls until then. */
  arm(wake: () => void, due: number): void {
    this.#due.set(wake, Math.min(due, this.#due.get(wake) ?? Number.POSITIVE_INFINITY));
    this.#set();
  }

  disarm(wake: () => void): void {
    this.#due.delete(wake);
    this.#set();
  }

  #set(): void {
    const next = Math.min(...this.#due.values());
    if (next === this.#at && this.#timer) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#at = next;
    if (next === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.max(0, next - this.dues.now()), MAX_SLEEP_MS);
    this.#timer = this.clock.after(delayMs, () => this.#fire(), { background: true });
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.dues.now();
    const ready = [...this.#due].filter(([, due]) => due <= nowMs).map(([wake]) => wake);
    for (const wake of ready) this.#due.delete(wake);
    for (const wake of ready) wake();
    this.#set();
  }
}
