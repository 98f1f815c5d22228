/** What operators have made of plugins while the server ran, kept in the data directory so that a restart of the server does not undo it. */
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { DataDirectory } from '../../config/index.js';
import { JsonFile, StoredFileError } from '../../storage/index.js';

/** `running` stands only for plugins that the configuration disables. */
export type KeptState = 'running' | 'stopped' | 'disabled';

const KEPT_STATES: readonly unknown[] = ['running', 'stopped', 'disabled'] satisfies KeptState[];

@Injectable()
export class DesiredStates {
  readonly #file: JsonFile;
  readonly #states = new Map<string, KeptState>();

  constructor(directory: DataDirectory) {
    this.#file = new JsonFile(join(directory.root, 'panotti', 'plugin-states.json'));
  }

  /** Reads what was kept. A file that cannot be used is reported and counts as empty: plugins are then as the configuration says. */
  async load(): Promise<ReadonlyMap<string, KeptState>> {
    try {
      for (const [plugin, state] of entriesOf(await this.#file.read())) this.#states.set(plugin, state);
    } catch (error) {
      if (!(error instanceof StoredFileError)) throw error;
      new Logger(DesiredStates.name).error(error, error.stack);
    }
    return this.#states;
  }

  /**
   * Keeps the state of a plugin; `undefined` forgets it, so that the configuration decides again.
   *
   * @throws StoredFileError when the disk does not take it
   */
  async keep(plugin: string, state: KeptState | undefined): Promise<void> {
    if (this.#states.get(plugin) === state) return;
    if (state) this.#states.set(plugin, state);
    else this.#states.delete(plugin);
    await this.#file.write({ version: 1, plugins: Object.fromEntries(this.#states) });
  }
}

function entriesOf(kept: unknown): [string, KeptState][] {
  if (typeof kept !== 'object' || kept === null || !('plugins' in kept) || typeof kept.plugins !== 'object' || !kept.plugins) return [];
  return Object.entries(kept.plugins).flatMap(([plugin, state]) => (isKeptState(state) ? [[plugin, state]] : []));
}

function isKeptState(value: unknown): value is KeptState {
  return KEPT_STATES.includes(value);
}
