/**
 * Rebuilds a store from what can be read of a damaged one. The old files are kept. Rows are copied with their seals, so that the new store
 * itself tells which of them are not as they were written.
 */
import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../common/index.js';
import type { RecordCodec } from '../sealing/record-codec.port.js';
import { ChecksumRecordCodec } from '../sealing/checksum-record-codec.js';
import { NoFaultPoints } from '../fault-points.port.js';
import { StoreKeyMismatchError, StoreLockedError } from '../storage.errors.js';
import { placeOf, type Damage } from '../stored.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations.js';
import { readableRows } from './readable-rows.js';
import { prepareRead, text, type Row } from './row.js';
import { SealState } from './seal-state.js';
import { keyIdsIn } from './key-ids.js';
import { META_NAMES, SqliteMeta } from './sqlite-meta.js';
import { isLocked } from './sqlite-result.js';
import { SqliteStore } from './sqlite-store.js';
import { StoreMarker } from './store-marker.js';
import { makeWritablePlace } from './writable-place.js';

const SUFFIXES = ['', '-wal', '-shm', '.json'] as const;

/** The tables, and the columns by which their rows are ordered. */
const TABLES: readonly (readonly [table: string, key: readonly string[]])[] = [
  ['meta', ['name']],
  ['log', ['position']],
  ['cursors', ['subscription', 'slot']],
  ['records', ['collection', 'scope', 'key']],
];

export interface RepairReport {
  /** Paths of the old files; empty if there were no files. */
  readonly keptAs: readonly string[];
  readonly entries: number;
  readonly records: number;
  /** What the old store could not give, in words. */
  readonly lost: readonly string[];
}

/**
 * @param path of the store, absolute
 * @throws DataDirectoryNotWritableError before anything is moved; StoreLockedError when it is in use; StoredFileError, StoreKeyMismatchError as when it is opened
 */
export async function repairStore(path: string, codec: RecordCodec = new ChecksumRecordCodec()): Promise<RepairReport> {
  makeWritablePlace(path);
  const marker = new StoreMarker(path);
  // Before SQLite is asked, which makes files of its own.
  const found = SUFFIXES.filter((suffix) => existsSync(path + suffix));
  refuseIfKeyIsMissing(path, codec);
  await refuseIfLocked(path, marker);
  const storeId = (await marker.read().catch(() => undefined))?.storeId;
  const old = freeName(path);
  for (const suffix of SUFFIXES) if (existsSync(path + suffix)) renameSync(path + suffix, old + suffix);
  const lost = existsSync(old)
    ? copyReadable(old, path, { codec, storeId })
    : ['the store was not there: the new one is empty'];
  return { keptAs: found.map((suffix) => old + suffix), ...(await takeStock(path, codec, lost)) };
}

async function refuseIfLocked(path: string, marker: StoreMarker): Promise<void> {
  if (!existsSync(path)) return;
  try {
    using db = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    // Whatever else it is, is the reason for the repair.
    if (isLocked(error)) throw new StoreLockedError(path, await marker.holder());
  }
}

/** Before a file is moved: with another key every record would count as lost. A single row may have a damaged id. */
function refuseIfKeyIsMissing(path: string, codec: RecordCodec): void {
  if (!existsSync(path)) return;
  try {
    const url = pathToFileURL(path);
    // So that no file beside it is made.
    if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
    using db = new DatabaseSync(url, { readOnly: true, timeout: 0 });
    const missing = [...keyIdsIn(db)].find(([id, rows]) => rows > 1 && !codec.hasKey(id));
    if (missing) throw new StoreKeyMismatchError(path, missing[0]);
  } catch (error) {
    if (error instanceof StoreKeyMismatchError) throw error;
    // Whatever else it is, is the reason for the repair.
  }
}

function freeName(path: string): string {
  for (let number = 1; ; number++) {
    const name = `${path}.damaged-${number}`;
    if (!SUFFIXES.some((suffix) => existsSync(name + suffix))) return name;
  }
}

function copyReadable(
  from: string,
  to: string,
  identity: { codec: RecordCodec; storeId: string | undefined },
): string[] {
  const lost: string[] = [];
  using target = new DatabaseSync(to);
  migrate(target, MIGRATIONS, new NoFaultPoints());
  target.exec('BEGIN');
  try {
    using source = new DatabaseSync(from, { readOnly: true });
    for (const [table, key] of TABLES) lost.push(...copyTable(source, target, table, key));
  } catch (error) {
    lost.push(`nothing more could be read (${messageOf(error)})`);
  }
  restoreIdentity(target, identity);
  target.exec('COMMIT');
  return lost;
}

function copyTable(source: DatabaseSync, target: DatabaseSync, table: string, key: readonly string[]): string[] {
  try {
    const inOrder = (direction: string): Iterable<Row> =>
      prepareRead(
        source,
        `SELECT * FROM ${table} ORDER BY ${key.map((column) => `${column} ${direction}`).join(', ')}`,
      ).iterate();
    const { rows, gapAt } = readableRows(inOrder('ASC'), inOrder('DESC'), (row) =>
      JSON.stringify(key.map((column) => String(row[column]))),
    );
    const refused = rows.filter((row) => !insertRaw(target, table, row)).length;
    return [
      ...(gapAt < rows.length ? [`${table}: a part in the middle could not be read`] : []),
      ...(refused > 0 ? [`${table}: ${refused} rows were no rows of it`] : []),
    ];
  } catch (error) {
    return [`${table}: nothing could be read (${messageOf(error)})`];
  }
}

function insertRaw(target: DatabaseSync, table: string, row: Row): boolean {
  const columns = Object.keys(row);
  const statement = target.prepare(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  try {
    // As SQLite has given them.
    statement.run(...(Object.values(row) as (string | bigint | Uint8Array | null)[]));
    return true;
  } catch {
    return false;
  }
}

/** Records are bound to the id of their store: without it not one could be read. */
function restoreIdentity(
  target: DatabaseSync,
  { codec, storeId }: { codec: RecordCodec; storeId: string | undefined },
): void {
  const meta = new SqliteMeta(target, codec);
  for (const name of META_NAMES) {
    try {
      meta.get(name);
    } catch {
      target.prepare('DELETE FROM meta WHERE name = ?').run(name);
    }
  }
  if (meta.get('store-id') === undefined && storeId !== undefined) meta.set('store-id', storeId);
  if (meta.get('seals') === undefined)
    SealState.restore(
      meta,
      [...keyIdsIn(target).keys()].filter((id) => codec.hasKey(id)),
    );
}

/** Reads everything once, which parks what is not as it was written. */
async function takeStock(
  path: string,
  codec: RecordCodec,
  lost: readonly string[],
): Promise<Omit<RepairReport, 'keptAs'>> {
  const scopes = scopesOf(path);
  const store = await SqliteStore.open({ path, codec });
  let entries = 0;
  let records = 0;
  const damaged: Damage[] = [...(await store.parked())];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await store.readLog({ after });
    entries += page.entries.length;
    damaged.push(...page.damaged);
    after = page.next;
  }
  for (const [table, scope] of scopes) {
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = await store.scan({ table, scope, ...(after !== '' && { after }) });
      records += page.records.length;
      damaged.push(...page.damaged);
      after = page.next;
    }
  }
  await store.close();
  return { entries, records, lost: [...lost, ...damaged.map((damage) => `${placeOf(damage)} (${damage.reason})`)] };
}

function scopesOf(path: string): [table: string, scope: string][] {
  if (!existsSync(path)) return [];
  using db = new DatabaseSync(path, { readOnly: true });
  return prepareRead(db, 'SELECT DISTINCT collection, scope FROM records')
    .all()
    .map((row) => [text(row['collection']), text(row['scope'])]);
}
