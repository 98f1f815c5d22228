/** Both adapters of the store port, for suites that hold whatever is below. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore, SqliteStore, type Store } from '../../src/storage/index.js';
import { withReads } from './delayed-store.js';

export const DRIVERS = ['memory', 'sqlite'] as const;

/** Opens a store before each test and closes it after; the result gives the one of the running test. */
export function storeOf(driver: (typeof DRIVERS)[number]): () => Store {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-store-'));
    store = driver === 'memory' ? new MemoryStore() : await SqliteStore.open({ path: join(directory, 'store.db') });
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });
  return () => withReads(store);
}
