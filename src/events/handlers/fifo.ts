/** Queues in memory: one in the order of arrival, and one that keeps things of the same key one after the other. */

/** Both ends cost the same: `Array.shift` moves everything that waits. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head++];
    // Half of the array is spent: what is left moves once for each time that as much was taken.
    if (this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Empties the queue. */
  takeAll(): T[] {
    const items = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return items;
  }
}

/** One thing of each key is under way at a time. */
export class KeyLanes<T> {
  /** A key is here while one thing of it is under way. */
  readonly #waiting = new Map<string, Fifo<T>>();

  /** @returns true if `item` may go at once; otherwise `leave` hands it out when its turn has come */
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
