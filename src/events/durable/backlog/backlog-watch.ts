/** Tells those who wait for a backlog to change: publishers that are held back, and the host where events are parked. */
export class BacklogWatch {
  readonly #publishers: (() => void)[] = [];
  readonly #listeners = new Set<(plugin: string) => void>();
  #isWaking = false;

  /** Resolves when a backlog may have become smaller. */
  untilLess(): Promise<void> {
    return new Promise((resolve) => this.#publishers.push(resolve));
  }

  /** Wakes every publisher that waits, once for all that becomes less in this turn of the event loop. */
  becameLess(): void {
    if (this.#publishers.length === 0 || this.#isWaking) return;
    this.#isWaking = true;
    setImmediate(() => {
      this.#isWaking = false;
      for (const wake of this.#publishers.splice(0)) wake();
    });
  }

  /** Calls `listener` with each plugin whose parked events have changed, until the result is disposed of. */
  onParked(listener: (plugin: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  parkedChanged(plugin: string): void {
    for (const listener of this.#listeners) listener(plugin);
  }
}
