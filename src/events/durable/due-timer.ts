/** One timer for everything that is due later, whichever subscription it belongs to. */
import type { Clock, ClockTimer } from '../../common/index.js';

/** The longest delay that a timer of Node takes. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class DueTimer {
  readonly #due = new Map<() => void, number>();
  #timer: ClockTimer | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Calls `wake` at `due`, in milliseconds since 1970, or earlier; once for all calls until then. */
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
    const delayMs = Math.min(Math.max(0, Math.ceil(next - this.clock.now())), MAX_DELAY_MS);
    this.#timer = this.clock.after(delayMs, () => this.#fire(), { background: true });
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.clock.now();
    const ready = [...this.#due].filter(([, due]) => due <= nowMs).map(([wake]) => wake);
    for (const wake of ready) this.#due.delete(wake);
    for (const wake of ready) wake();
    this.#set();
  }
}
