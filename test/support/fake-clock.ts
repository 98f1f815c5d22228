/** A clock that stands still until a test moves it; its wall time can be set apart from that. */
import { Clock, type ClockTimer } from '../../src/common/index.js';

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly action: () => void;
}

export class FakeClock extends Clock {
  #nowMs = 0;
  #order = 0;
  #wallOffsetMs = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(private readonly startedAt = Date.UTC(2026, 0, 1)) {
    super();
  }

  override now(): number {
    return this.startedAt + this.#nowMs + this.#wallOffsetMs;
  }

  override monotonicMs(): number {
    return this.#nowMs;
  }

  override after(delayMs: number, action: () => void): ClockTimer {
    const timer = { dueMs: this.#nowMs + delayMs, order: this.#order++, action };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  /** Sets the wall time, in milliseconds since 1970; what has been waited for and what timers still wait for stays as it is. */
  setWall(time: number): void {
    this.#wallOffsetMs += time - this.now();
  }

  /** How many timers wait: a leak check. */
  get pendingTimers(): number {
    return this.#pending.size;
  }

  /** Moves the time forward, fires what falls due in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    await settle();
    const target = this.#nowMs + ms;
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.action();
      await settle();
    }
    this.#nowMs = target;
    await settle();
  }

  #next(target: number): PendingTimer | undefined {
    return [...this.#pending]
      .filter(({ dueMs }) => dueMs <= target)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }
}

/** Reads whose answers a test delays by some turns, and which `settle` waits for. */
export const pendingReads = { count: 0 };

const QUIET_TURNS = 5;
/** What reads without end is not waited for. */
const MOST_TURNS = 500;

/** Lets everything that is ready to run, run. */
export async function settle(): Promise<void> {
  let quiet = 0;
  for (let turn = 0; quiet < QUIET_TURNS && turn < MOST_TURNS; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    quiet = pendingReads.count > 0 ? 0 : quiet + 1;
  }
}
