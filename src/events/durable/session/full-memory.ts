/**
 * Decides whether the log is read on while the memory for what waits behind keys is full. What is read then has to go through the store, which
 * takes several times as long: while keys go on, it stays in the log. Keys that do not go on must not hold up the others.
 */

export interface FullMemoryPorts {
  /** How many deliveries wait in memory at most. */
  readonly limit: number;
  readonly waiting: () => number;
  /** Resolves when what is on its way to the disk now is there. */
  readonly written: () => Promise<void>;
  /** The log may be read again. */
  readonly readOn: () => void;
}

/** Turns of the event loop without progress after which the log is read nevertheless, until something moves. */
const PATIENCE = 4;

export class FullMemory {
  #moves = 0;
  #isStuck = false;
  #isWatching = false;
  #isClosed = false;

  constructor(private readonly ports: FullMemoryPorts) {}

  /** How many events of the log may be taken now. 0: `readOn` is called when that has changed. */
  get room(): number {
    const left = this.ports.limit - this.ports.waiting();
    if (left > 0) return left;
    if (this.#isStuck) return Infinity;
    if (!this.#isWatching && !this.#isClosed) void this.#watch();
    return 0;
  }

  /** Something that waited in memory is handled now. */
  moved(): void {
    this.#moves++;
    this.#isStuck = false;
  }

  close(): void {
    this.#isClosed = true;
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (!this.#isClosed && !this.#isStuck && this.ports.waiting() >= this.ports.limit)
      this.#isStuck = !(await this.#hasMoved());
    this.#isWatching = false;
    if (!this.#isClosed) this.ports.readOn();
  }

  async #hasMoved(): Promise<boolean> {
    const before = this.#moves;
    // What has been handled frees its key only when its acknowledgement is on the disk.
    await this.ports.written();
    for (let turn = 0; turn < PATIENCE && this.#moves === before && !this.#isClosed; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    return this.#moves !== before;
  }
}
