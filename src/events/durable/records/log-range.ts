/** The ends of the log, as this process knows them. */
import type { LogStatus } from '../../../storage/index.js';

export class LogRange {
  #first = 1;
  #tail = 0;
  #orphansThrough = 0;

  /** The oldest position that is there. */
  get first(): number {
    return this.#first;
  }

  /** The newest position that was handed out after its commit. */
  get tail(): number {
    return this.#tail;
  }

  /** Events up to this position may have been running when the process before this one crashed; 0 if it did not. */
  get orphansThrough(): number {
    return this.#orphansThrough;
  }

  opened({ first, last }: Pick<LogStatus, 'first' | 'last'>): void {
    this.#first = first;
    this.#tail = last;
  }

  openedAfterCrash(): void {
    this.#orphansThrough = this.#tail;
  }

  handedOut(position: number): void {
    this.#tail = Math.max(this.#tail, position);
  }

  trimmed(first: number): void {
    this.#first = first;
  }
}
