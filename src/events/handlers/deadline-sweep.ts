/**
 * Deadlines of very many calls with one timer. A call enters and leaves a linked list, without a timer of its own and without reading the clock:
 * a timer and its removal cost as much as the whole delivery of an event.
 */
import type { Clock } from '../../common/index.js';

/** Something with a deadline. The sweep owns its three fields. */
export interface Timed {
  /** Monotonic time; 0 until the first tick after it was added. */
  dueMs: number;
  previous: Timed | undefined;
  next: Timed | undefined;
  /** Called once, when the time has passed; the sweep has forgotten it by then. */
  expire(): void;
}

/** The distance between two ticks, in milliseconds. A deadline is never early and at most two ticks late. */
const TICK_MS = 20;

export class DeadlineSweep {
  readonly #lists = new Map<number, DeadlineList>();
  #isTicking = false;

  constructor(readonly clock: Clock) {}

  /** The list of everything that may take `timeoutMs`. */
  listFor(timeoutMs: number): DeadlineList {
    let list = this.#lists.get(timeoutMs);
    if (!list) {
      list = new DeadlineList(timeoutMs, () => this.#wake());
      this.#lists.set(timeoutMs, list);
    }
    return list;
  }

  #wake(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.clock.after(TICK_MS, () => this.#tick(), { background: true });
  }

  #tick(): void {
    this.#isTicking = false;
    const nowMs = this.clock.monotonicMs();
    for (const list of this.#lists.values()) list.sweep(nowMs);
    if ([...this.#lists.values()].some((list) => !list.isEmpty)) this.#wake();
    else for (const list of this.#lists.values()) list.rest();
  }
}

/** Entries in the order in which they were added, which for one timeout is the order in which they fall due. */
export class DeadlineList {
  #first: Timed | undefined;
  #last: Timed | undefined;
  #isAwake = false;

  constructor(
    readonly timeoutMs: number,
    private readonly wake: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(entry: Timed): void {
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (this.#isAwake) return;
    this.#isAwake = true;
    this.wake();
  }

  remove(entry: Timed): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  /** Starts the clock of what is new since the last tick, and lets what is due expire. */
  sweep(nowMs: number): void {
    for (let entry = this.#last; entry !== undefined && entry.dueMs === 0; entry = entry.previous)
      entry.dueMs = nowMs + this.timeoutMs;
    for (let entry = this.#first; isDue(entry, nowMs); entry = this.#first) {
      this.remove(entry);
      entry.expire();
    }
  }

  /** No tick will come until something is added. */
  rest(): void {
    this.#isAwake = false;
  }

  *entries(): Iterable<Timed> {
    for (let entry = this.#first; entry !== undefined; entry = entry.next) yield entry;
  }
}

/** What was added while others expired has not started its clock yet. */
function isDue(entry: Timed | undefined, nowMs: number): entry is Timed {
  return entry !== undefined && entry.dueMs !== 0 && entry.dueMs <= nowMs;
}
