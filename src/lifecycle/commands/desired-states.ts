/** The states that operators have given to plugins, kept in the store so that they survive a restart of the server. */
import { join } from 'node:path';
import { Injectable, Logger } from '@nestjs/common';
import { PanottiError } from '../../common/index.js';
import { DataDirectory } from '../../config/index.js';
import { HOST_NAME } from '../../plugin/index.js';
import { JsonFile, Store, placeOf, type StoreOperation } from '../../storage/index.js';

/** `running` stands only for plugins that the configuration disables. */
export type KeptState = 'running' | 'stopped' | 'disabled';

const KEPT_STATES: readonly unknown[] = ['running', 'stopped', 'disabled'] satisfies KeptState[];

/** The key of a record is the plugin. */
const TABLE = 'desired-states';

/** Key of the record that says that the file of an earlier version was taken over; no plugin can have this name. */
const TAKEN_OVER = '(taken over)';

@Injectable()
export class DesiredStates {
  readonly #logger = new Logger(DesiredStates.name);
  readonly #file: JsonFile;
  readonly #states = new Map<string, KeptState>();

  constructor(
    private readonly store: Store,
    directory: DataDirectory,
  ) {
    this.#file = new JsonFile(join(directory.root, HOST_NAME, 'plugin-states.json'));
  }

  /**
   * Reads what was kept, and takes over the file of an earlier version once. A record that cannot be read is reported and ignored: the
   * configuration decides about its plugin.
   */
  async load(): Promise<void> {
    await this.#takeOver();
    let after: string | undefined;
    do {
      const page = await this.store.scan({ table: TABLE, scope: HOST_NAME, after });
      for (const { key, value } of page.records) if (isKeptState(value)) this.#states.set(key, value);
      for (const damage of page.damaged)
        this.#logger.error(`What an operator had decided is lost: ${placeOf(damage)} (${damage.reason})`);
      after = page.next;
    } while (after !== undefined);
  }

  /** `undefined` if the configuration decides. */
  of(plugin: string): KeptState | undefined {
    return this.#states.get(plugin);
  }

  /**
   * Keeps the state of a plugin; `undefined` forgets it, so that the configuration decides again.
   *
   * @throws StoreFullError, StoreFailedError when the disk does not take it
   */
  async keep(plugin: string, state: KeptState | undefined): Promise<void> {
    if (this.#states.get(plugin) === state) return;
    const previous = this.#states.get(plugin);
    this.#remember(plugin, state);
    try {
      await this.store.commit([
        state ? put(plugin, state) : { op: 'delete', table: TABLE, scope: HOST_NAME, key: plugin },
      ]);
    } catch (error) {
      if (this.#states.get(plugin) === state) this.#remember(plugin, previous);
      throw error;
    }
  }

  #remember(plugin: string, state: KeptState | undefined): void {
    if (state) this.#states.set(plugin, state);
    else this.#states.delete(plugin);
  }

  /** The file stays: a store in memory would lose what it says. */
  async #takeOver(): Promise<void> {
    try {
      if (await this.store.get(TABLE, HOST_NAME, TAKEN_OVER)) return;
      const kept = await this.#file.read();
      if (kept === undefined) return;
      const entries = entriesOf(kept);
      for (const [plugin, state] of entries) this.#states.set(plugin, state);
      const operations = entries.map(([plugin, state]) => put(plugin, state));
      await this.store.commit([...operations, put(TAKEN_OVER, 'yes')]);
      this.#logger.log(`Took over ${this.#file.path}, which is not needed any more.`);
    } catch (error) {
      if (!(error instanceof PanottiError)) throw error;
      this.#logger.error(error, error.stack);
    }
  }
}

function put(key: string, value: string): StoreOperation {
  return { op: 'put', table: TABLE, scope: HOST_NAME, key, value };
}

function entriesOf(kept: unknown): [string, KeptState][] {
  if (
    typeof kept !== 'object' ||
    kept === null ||
    !('plugins' in kept) ||
    typeof kept.plugins !== 'object' ||
    !kept.plugins
  )
    return [];
  return Object.entries(kept.plugins).flatMap(([plugin, state]) => (isKeptState(state) ? [[plugin, state]] : []));
}

function isKeptState(value: unknown): value is KeptState {
  return KEPT_STATES.includes(value);
}
