/**
 * Commits what ends deliveries. Plain acknowledgements share one unit for each turn of the event loop; other ends have units of their own. While the
 * disk is full they are tried again.
 */
import type { Clock } from '../../../common/index.js';
import { StoreFullError, type Receipt, type Store, type StoreOperation } from '../../../storage/index.js';

const RETRY_MS = 1_000;

/** Waits for an acknowledgement. */
export interface Acknowledged {
  /** @param error why the operation will never be on the disk; `undefined`: it is */
  acknowledged(error: unknown): void;
}

interface Batch {
  readonly operations: StoreOperation[];
  readonly waiting: Acknowledged[];
}

export class Acknowledgements {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #open = new Set<Promise<void>>();
  readonly #over = new AbortController();
  #batch: Batch | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Adds an operation that shares a unit with others. */
  add(operation: StoreOperation, waiting?: Acknowledged): void {
    if (!this.#batch) {
      this.#batch = { operations: [], waiting: [] };
      process.nextTick(() => this.#flush());
    }
    this.#batch.operations.push(operation);
    if (waiting) this.#batch.waiting.push(waiting);
  }

  /**
   * Resolves when the unit is on the disk.
   *
   * @param committed called before later commits are reported. It must not throw.
   * @throws what `Store.commit` throws, except for a full disk
   */
  commit(operations: readonly StoreOperation[], committed?: (receipt: Receipt) => void): Promise<Receipt> {
    return this.track(this.#commit(operations, committed));
  }

  /** Has `written` and `idle` wait for work that ends with a commit. */
  track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#open.add(settled);
    void settled.then(() => this.#open.delete(settled));
    return work;
  }

  /** Resolves when what is on its way to the disk now is there. Later work is not waited for: that might never end. */
  async written(): Promise<void> {
    this.#flush();
    await Promise.all(this.#open);
  }

  /** Resolves when nothing is on its way to the disk. */
  async idle(): Promise<void> {
    while (this.#batch || this.#open.size > 0) {
      this.#flush();
      await Promise.all(this.#open);
    }
  }

  /** From now on, what does not fit on the disk is tried once more at most. */
  end(): void {
    this.#over.abort();
  }

  async #commit(operations: readonly StoreOperation[], committed?: (receipt: Receipt) => void): Promise<Receipt> {
    for (;;) {
      try {
        const receipt = await this.#store.commit(operations);
        committed?.(receipt);
        return receipt;
      } catch (error) {
        if (!(error instanceof StoreFullError) || this.#over.signal.aborted) throw error;
        await this.#clock.sleep(RETRY_MS, this.#over.signal);
      }
    }
  }

  #flush(): void {
    const batch = this.#batch;
    if (!batch) return;
    this.#batch = undefined;
    const tell = (error: unknown): void => {
      for (const each of batch.waiting) each.acknowledged(error);
    };
    void this.commit(batch.operations).then(() => tell(undefined), tell);
  }
}
