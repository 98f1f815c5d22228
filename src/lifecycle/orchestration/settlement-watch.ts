/** Waits for plugins to settle: looks again after each change of a plugin. */
import type { PluginRuntime } from './plugin-runtime.js';
import { Settlement } from './plugin-standing.js';

export class SettlementWatch {
  readonly #watchers = new Set<() => void>();

  /** To be called after each change. */
  check(): void {
    for (const check of this.#watchers) check();
  }

  /** Resolves once the outcome of each of these plugins is known. */
  async settled(runtimes: Iterable<PluginRuntime>): Promise<void> {
    using settlement = new Settlement(runtimes);
    if (settlement.isReached) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => (settlement.isReached ? resolve() : undefined);
    this.#watchers.add(check);
    await promise;
    this.#watchers.delete(check);
  }

  /** What `work` resolves with; `undefined` as soon as one of these plugins is to go down, if that comes first. */
  async unlessGoingDown<T>(runtimes: readonly PluginRuntime[], work: Promise<T>): Promise<T | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
    const check = (): void => (runtimes.some(({ standing }) => standing.mustBeDown) ? resolve(undefined) : undefined);
    this.#watchers.add(check);
    void work.then(resolve, reject);
    try {
      check();
      return await promise;
    } finally {
      this.#watchers.delete(check);
    }
  }
}
