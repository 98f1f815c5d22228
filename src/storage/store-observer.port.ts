/** Hears what the store does. Metrics, health and the end of the process depend on it. */
import type { Damage } from './stored.js';
import type { StoreFailedError } from './storage.errors.js';

export interface CommittedGroup {
  /** Units that share the transaction. */
  readonly units: number;
  readonly operations: number;
  /** Size of bodies and values before they are sealed; a character counts as one byte. */
  readonly bytes: number;
  /** From the begin of the transaction to the end of the commit. */
  readonly durationMs: number;
}

/** The injection token and the shape. An observer must not throw. */
export abstract class StoreObserver {
  abstract committed(group: CommittedGroup): void;
  /** The disk has become full, or has space again. */
  abstract fullnessChanged(isFull: boolean): void;
  /** Once for each place. */
  abstract damaged(damage: Damage): void;
  /** Once. The store takes nothing any more, and the process should end with exit code 74. */
  abstract failed(error: StoreFailedError): void;
}

/** Ignores everything. */
export class NoStoreObserver extends StoreObserver {
  committed(_group: CommittedGroup): void {
    // Ignored.
  }
  fullnessChanged(_isFull: boolean): void {
    // Ignored.
  }
  damaged(_damage: Damage): void {
    // Ignored.
  }
  failed(_error: StoreFailedError): void {
    // Ignored.
  }
}
