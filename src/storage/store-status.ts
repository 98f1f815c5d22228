/** The state of the store, for health, metrics and those who must act if it fails. Also writes changes of it to the log. */
import { Logger } from '@nestjs/common';
import type { StoreFailedError } from './storage.errors.js';
import { StoreObserver, type CommittedGroup } from './store-observer.port.js';
import { placeOf, type Damage } from './stored.js';

export class StoreStatus extends StoreObserver {
  readonly #logger = new Logger('Store');
  readonly #failed = new Set<(error: StoreFailedError) => void>();
  readonly #fullness = new Set<(isFull: boolean) => void>();
  readonly #committed = new Set<(group: CommittedGroup) => void>();
  #resealLeft = 0;
  #isFull = false;
  #failure: StoreFailedError | undefined;
  #damages = 0;

  /** True if there was no space for the last unit. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** The state in one word, without details that could be secret. */
  get state(): 'ready' | 'full' | 'failed' {
    if (this.#failure) return 'failed';
    return this.#isFull ? 'full' : 'ready';
  }

  /** Events and records that are not yet known to be sealed with the current key. */
  get resealLeft(): number {
    return this.#resealLeft;
  }

  /** Places that were found damaged since the start. */
  get damages(): number {
    return this.#damages;
  }

  /** Calls the listener once when the store fails, immediately if it has failed already. */
  onFailed(listener: (error: StoreFailedError) => void): void {
    if (this.#failure) listener(this.#failure);
    else this.#failed.add(listener);
  }

  /** Calls the listener with each change, and immediately if the disk is full already. */
  onFullness(listener: (isFull: boolean) => void): void {
    this.#fullness.add(listener);
    if (this.#isFull) listener(true);
  }

  onCommitted(listener: (group: CommittedGroup) => void): void {
    this.#committed.add(listener);
  }

  /** @param left events and records that are still to be sealed */
  resealed(left: number): void {
    this.#resealLeft = left;
  }

  override committed(group: CommittedGroup): void {
    for (const listener of this.#committed) listener(group);
  }

  override fullnessChanged(isFull: boolean): void {
    this.#isFull = isFull;
    if (isFull) this.#logger.error('The disk of the store is full: nothing can be stored until there is space.');
    else this.#logger.log('There is space for the store again.');
    for (const listener of this.#fullness) listener(isFull);
  }

  override damaged(damage: Damage): void {
    this.#damages++;
    this.#logger.error(
      `The store does not hold what was written: ${placeOf(damage)} (${damage.reason}). It is parked.`,
    );
  }

  override failed(error: StoreFailedError): void {
    this.#failure = error;
    this.#logger.fatal(`${error.code}: ${error.message}`, error);
    for (const listener of this.#failed) listener(error);
  }
}
