/** For whoever wants to look at a store, and not to make one. */
import { existsSync } from 'node:fs';
import { StoreMissingError } from '../storage.errors.js';
import { SqliteStore, type SqliteStoreOptions } from './sqlite-store.js';

/** @throws StoreMissingError when there is none; else as `SqliteStore.open` */
export async function openExistingStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  // The file beside it tells of a store that has vanished, which is more than missing.
  if (!existsSync(options.path) && !existsSync(`${options.path}.json`)) throw new StoreMissingError(options.path);
  return SqliteStore.open(options);
}
