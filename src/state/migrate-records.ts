/** Carries all records of a store on to the version of its class, in one commit. The version is kept once, beside the plugin's document. */
import { RecordDamagedError, type Store, type StoreOperation } from '../storage/index.js';
import { openEnvelope } from './envelope.js';
import { inTurns } from './in-turns.js';
import { STATE_TABLE } from './plugin-memory.js';
import type { StateCodec } from './state-codec.js';

interface RecordMigration {
  readonly store: Store;
  readonly scope: string;
  /** The record, in the scope of the plugin, that keeps the version. */
  readonly versionKey: string;
  readonly codec: StateCodec<object>;
}

/** @throws StateTooNewError, StateMigrationError, RecordDamagedError; what is stored is as it was */
export async function migrateRecords({ store, scope, versionKey: key, codec }: RecordMigration): Promise<void> {
  const place = { table: STATE_TABLE, scope: codec.plugin, key };
  const marker = await store.get(place.table, place.scope, key);
  const from = marker ? openEnvelope(marker.value, codec.plugin, codec.what).version : codec.version;
  codec.assertKnown(from);
  if (marker && from === codec.version) return;
  const operations = from === codec.version ? [] : await carriedOn({ store, scope, from, codec });
  const value = JSON.stringify({ version: codec.version, data: {} });
  await store.commit([...operations, { op: 'put', ...place, value, expectedVersion: marker?.version ?? 0 }]);
}

async function carriedOn({
  store,
  scope,
  from,
  codec,
}: Omit<RecordMigration, 'versionKey'> & { from: number }): Promise<StoreOperation[]> {
  const operations: StoreOperation[] = [];
  let after: string | undefined;
  do {
    const page = await store.scan({ table: STATE_TABLE, scope, after });
    const [damage] = page.damaged;
    if (damage) throw new RecordDamagedError(damage);
    for await (const { key, value, version } of inTurns(page.records)) {
      const { text } = await codec.carryOn(JSON.parse(value), from);
      operations.push({ op: 'put', table: STATE_TABLE, scope, key, value: text, expectedVersion: version });
    }
    after = page.next;
  } while (after !== undefined);
  return operations;
}
