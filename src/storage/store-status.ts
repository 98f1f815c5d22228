/** How the store is, for health, metrics and whoever must act when it fails; and what of it belongs into the log. */
import { Logger } from '@nestjs/common';
import type { StoreFailedError } from './storage.errors.js';
import { StoreObserver, type CommittedGroup } from './store-observer.port.js';
import { placeOf, type Damage } from './stored.js';

export class StoreStatus extends StoreObserver {
  readonly #logger = new Logger('Store');
  readonly #failed = new Set<(error: StoreFailedError) => void>();
  readonly #fullness = new Set<(isFull: boolean) => void>();
  readonly #committed = new Set<(group: CommittedGroup) => void>();
  /** How many events and records are not yet known to be sealed with the current key. */
  resealLeft = 0;
  #isFull = false;
  #failure: StoreFailedError | undefined;
  #damages = 0;

  /** Whether the last thing that was to be stored found no space. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** In one word, for whoever may ask. */
  get state(): 'ready' | 'full' | 'failed' {
    if (this.#failure) return 'failed';
    return this.#isFull ? 'full' : 'ready';
  }

  /** Why the store takes nothing any more. */
  get failure(): StoreFailedError | undefined {
    return this.#failure;
  }

  /** Places that were found damaged since the start. */
  get damages(): number {
    return this.#damages;
  }

  /** The listener is called once; at once when the store has failed already. */
  onFailed(listener: (error: StoreFailedError) => void): void {
    if (this.#failure) listener(this.#failure);
    else this.#failed.add(listener);
  }

  /** The listener is called with each change, and at once when the disk is full already. */
  onFullness(listener: (isFull: boolean) => void): void {
    this.#fullness.add(listener);
    if (this.#isFull) listener(true);
  }

  onCommitted(listener: (group: CommittedGroup) => void): void {
    this.#committed.add(listener);
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
