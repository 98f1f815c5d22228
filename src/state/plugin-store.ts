/** What a plugin remembers as many records by key: the class that is injected. */
import type { ChangeOptions } from './plugin-state.js';

export interface StoreEntry<T> {
  readonly key: string;
  /** Frozen. */
  readonly value: T;
  /** Goes up by one with each change of the record. */
  readonly version: number;
}

export interface StoreChange<T> {
  readonly key: string;
  /** `undefined`: deleted. */
  readonly value: T | undefined;
}

/**
 * Records of one class that stands in `stores` of the manifest, injected with `@InjectStore`. They survive restarts.
 *
 * In a durable handler and in `unitOfWork`, changes are staged, as those of `PluginState`.
 */
export abstract class PluginStore<T extends object> {
  /** @throws RecordDamagedError when the disk does not hold what was written */
  abstract get(key: string): Promise<T | undefined>;

  /** As `get`, with the version, for `expectedVersion`. */
  abstract entry(key: string): Promise<StoreEntry<T> | undefined>;

  /**
   * Stores a record, whatever was there.
   *
   * @param key 1 to 512 characters
   * @throws StateInvalidError, StateQuotaError, StateClosedError
   * @throws StateConflictError when the version is not the expected one, or in a unit of work that would wait for an older one which waits for it
   */
  abstract put(key: string, value: T, options?: ChangeOptions): Promise<StoreEntry<T>>;

  /**
   * Changes a copy of the record, or of a new instance of the class where there is none; otherwise as `PluginState.update`. Changes of one
   * record happen one after another.
   */
  abstract update(key: string, change: (draft: T) => unknown, options?: ChangeOptions): Promise<StoreEntry<T>>;

  /** @returns whether there was one */
  abstract delete(key: string, options?: ChangeOptions): Promise<boolean>;

  /** By key, in the order of code points; read in pages while the loop goes on. A damaged record is logged and left out. */
  abstract scan(prefix?: string): AsyncIterableIterator<StoreEntry<T>>;

  abstract count(prefix?: string): Promise<number>;

  /** Each change after its commit, as `PluginState.changes`. */
  abstract changes(): AsyncIterableIterator<StoreChange<T>, undefined, undefined>;

  /** All records and the version of their class, as JSON. */
  abstract export(): Promise<string>;

  /**
   * Replaces all records by exported ones in one commit, carried on from an older version of the class where needed.
   *
   * @throws StateInvalidError, StateMigrationError, StateTooNewError; nothing was changed then
   */
  abstract import(json: string): Promise<void>;
}
