/** Keeps things of the same key one after the other. Knows nothing of what they are. */
import { Fifo } from './fifo.js';

export class KeyLanes<T> {
  /** A key is here while one thing of it is under way. */
  readonly #waiting = new Map<string, Fifo<T>>();

  /** Whether `item` may go at once; otherwise `leave` hands it out when its turn has come. */
  enter(key: string, item: T): boolean {
    const lane = this.#waiting.get(key);
    if (lane) lane.push(item);
    else this.#waiting.set(key, new Fifo());
    return lane === undefined;
  }

  /** What was under way for `key` is done. Returns what may go now. */
  leave(key: string): T | undefined {
    const next = this.#waiting.get(key)?.shift();
    if (next === undefined) this.#waiting.delete(key);
    return next;
  }

  /** Removes and returns all that waits; what is under way stays so. */
  takeWaiting(): T[] {
    return [...this.#waiting.values()].flatMap((lane) => lane.takeAll());
  }
}
