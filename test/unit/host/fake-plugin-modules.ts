/** Imports from a table instead of from files. */
import type { Clock } from '../../../src/common/index.js';
import { PluginModules } from '../../../src/host/index.js';

export class FakePluginModules extends PluginModules {
  readonly imported: string[] = [];
  isDisposed = false;
  /** A clock whose time is all idle; without one, imports never wait. */
  clock: Clock | undefined;

  /** @param exportsOf from the end of a file's path to what the file exports, or a function that does what its import does */
  constructor(private readonly exportsOf: Readonly<Record<string, object | (() => unknown)>> = {}) {
    super();
  }

  override async import(file: string): Promise<Readonly<Record<string, unknown>>> {
    this.imported.push(file);
    const known = Object.entries(this.exportsOf).find(([end]) => file.endsWith(end))?.[1];
    if (known === undefined) throw new Error(`The test exports nothing from ${file}.`);
    return (typeof known === 'function' ? await known() : known) as Readonly<Record<string, unknown>>;
  }

  override idleMs(): number {
    return this.clock?.monotonicMs() ?? 0;
  }

  override [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}
