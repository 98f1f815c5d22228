/** Opens a store for a command that must not create one. */
import { StoreMissingError } from '../storage.errors.js';
import { SqliteStore, type SqliteStoreOptions } from './sqlite-store.js';
import { isThere } from './writable-place.js';

/** @throws StoreMissingError if it does not exist, and what `SqliteStore.open` throws */
export async function openExistingStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  // The file beside it tells of a store that has vanished, which is more than missing.
  if (!isThere(options.path) && !isThere(`${options.path}.json`)) throw new StoreMissingError(options.path);
  return SqliteStore.open(options);
}
