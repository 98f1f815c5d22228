/** What has gone wrong with writing: a disk that is full for now, or a failure after which the store accepts nothing more in this process. */
import { StoreFailedError, StoreFullError } from '../storage.errors.js';
import type { EmbeddedEngine } from './embedded-engine.port.js';
import type { StoreObserver } from '../store-observer.port.js';

export class WriteTrouble {
  readonly #engine: EmbeddedEngine;
  readonly #observer: StoreObserver;
  #isFull = false;
  #failure: StoreFailedError | undefined;

  constructor(engine: EmbeddedEngine, observer: StoreObserver) {
    this.#engine = engine;
    this.#observer = observer;
  }

  /** Why nothing is accepted any more. */
  get failure(): StoreFailedError | undefined {
    return this.#failure;
  }

  /** Turns what the engine has thrown into what callers get, and reports it to the observer. */
  recognised(error: unknown): StoreFullError | StoreFailedError {
    if (this.#failure) return this.#failure;
    if (this.#engine.failureOf(error) === 'full') {
      this.#becomeFull(true);
      return new StoreFullError(error);
    }
    this.#failure = new StoreFailedError(error);
    this.#observer.failed(this.#failure);
    return this.#failure;
  }

  /** Something was written: there is space. */
  written(): void {
    this.#becomeFull(false);
  }

  /** For a failure that was noticed between two writes. The observer hears of it once `rescued` has resolved. */
  async fail(error: StoreFailedError, rescued: Promise<void>): Promise<void> {
    this.#engine.failureOf(error);
    this.#failure = error;
    await rescued;
    this.#observer.failed(error);
  }

  #becomeFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#observer.fullnessChanged(isFull);
  }
}
