/** Tells any number of readers of changes, each through an async iterator with a buffer of its own. */

/** So many changes wait for a reader; one that is slower than that is told, after the last of them, that it has missed some. */
export const CHANGE_BUFFER = 1_000;

export class ChangeFeed<T> {
  readonly #readers = new Set<ChangeReader<T>>();
  #isClosed = false;

  /** @param missed makes the error for a reader that was too slow */
  constructor(private readonly missed: () => Error) {}

  /** How many iterators are open. */
  get readers(): number {
    return this.#readers.size;
  }

  /** Hears what changes from the call on. */
  open(): AsyncIterableIterator<T, undefined, undefined> {
    const reader = new ChangeReader<T>(this.missed, (ended) => this.#readers.delete(ended));
    if (this.#isClosed) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  push(change: T): void {
    for (const reader of this.#readers) reader.push(change);
  }

  /** Ends all iterators, after what is in their buffers. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.end();
  }
}

class ChangeReader<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #buffer: T[] = [];
  readonly #pending: ((result: IteratorResult<T, undefined>) => void)[] = [];
  #hasEnded = false;
  #hasMissed = false;

  constructor(
    private readonly missed: () => Error,
    private readonly ended: (reader: ChangeReader<T>) => void,
  ) {}

  push(change: T): void {
    const waiting = this.#pending.shift();
    if (waiting) {
      waiting({ value: change, done: false });
      return;
    }
    if (this.#buffer.length < CHANGE_BUFFER) {
      this.#buffer.push(change);
      return;
    }
    // What comes later would hide the gap, so this reader gets nothing more.
    this.#hasMissed = true;
    this.end();
  }

  end(): void {
    this.#hasEnded = true;
    this.ended(this);
    for (const waiting of this.#pending.splice(0)) waiting({ value: undefined, done: true });
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const change = this.#buffer.shift();
    if (change !== undefined) return { value: change, done: false };
    if (this.#hasMissed) {
      this.#hasMissed = false;
      throw this.missed();
    }
    if (this.#hasEnded) return { value: undefined, done: true };
    return new Promise((resolve) => this.#pending.push(resolve));
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#buffer.length = 0;
    this.#hasMissed = false;
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
