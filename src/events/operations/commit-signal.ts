/** Wakes what waits for the next commit of the store. */
import { onAbort } from '../../common/index.js';
import type { StoreStatus } from '../../storage/index.js';

export class CommitSignal {
  #waiting: (() => void)[] = [];

  constructor(status: Pick<StoreStatus, 'onCommitted'>) {
    status.onCommitted(() => {
      if (this.#waiting.length > 0) for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Resolves after the next commit, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        listening[Symbol.dispose]();
        resolve();
      };
      const stop = (): void => {
        this.#waiting = this.#waiting.filter((each) => each !== wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#waiting.push(wake);
      const listening = onAbort(signal, stop);
    });
  }
}
