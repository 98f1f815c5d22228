/** The store in one SQLite file, which this process alone has open. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SystemClock, type Clock } from '../../common/index.js';
import { NoFaultPoints, type FaultPoints } from '../fault-points.port.js';
import { EmbeddedStore, type EmbeddedStoreSurroundings } from '../embedded/embedded-store.js';
import type { RecordCodec } from '../sealing/record-codec.port.js';
import { BoundRecordCodec } from '../sealing/bound-record-codec.js';
import { ChecksumRecordCodec } from '../sealing/checksum-record-codec.js';
import {
  StoreDamagedError,
  StoreFailedError,
  StoreFullAtStartError,
  StoreLockedError,
  THIS_PROCESS,
} from '../storage.errors.js';
import { NoStoreObserver, type StoreObserver } from '../store-observer.port.js';
import { eraseTraces } from './erase-traces.js';
import { FileWatch, type FileWatchDetails, type LostFile } from './file-watch.js';
import { inspectFile } from './inspect-file.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations.js';
import { rescueStore } from './rescue-store.js';
import { SealState } from './seal-state.js';
import { SqliteEngine, type SqliteEngineParts } from './sqlite-engine.js';
import { SqliteMeta } from './sqlite-meta.js';
import { isDiskFull, isLocked, isNonsense, isResultOfSqlite, isUnreadable } from './sqlite-result.js';
import { StoreMarker } from './store-marker.js';
import { makeWritablePlace, refusalOf } from './writable-place.js';

export interface SqliteStoreOptions {
  /** Absolute. Its folder is made. */
  readonly path: string;
  readonly codec?: RecordCodec;
  readonly clock?: Clock;
  readonly observer?: StoreObserver;
  readonly faults?: FaultPoints;
  /** For tests of migrations. */
  readonly migrations?: readonly string[];
}

/** A lock on a file belongs to the process and is lost when it closes the file once: a file must not be touched while it is open here. */
const OPEN_HERE = new Set<string>();

/** Kept, so that the garbage collector does not close them. */
const LEFT_ALONE = new Set<DatabaseSync>();

export class SqliteStore extends EmbeddedStore {
  /**
   * @throws StoreLockedError, StoreTooNewError, StoreDamagedError, StoreKeyMismatchError: nothing has been changed
   * @throws StoreFailedError, StoreFullError when the disk does not take the first writes
   * @throws DataDirectoryNotWritableError, DataDirectoryError when the user may not write there, or there can be no folder
   * @throws StoredFileError when the file beside the store cannot be read or written
   */
  static async open(options: SqliteStoreOptions): Promise<SqliteStore> {
    const path = resolve(options.path);
    if (OPEN_HERE.has(path)) throw new StoreLockedError(path, THIS_PROCESS);
    OPEN_HERE.add(path);
    try {
      const parts = await openParts({ ...options, path });
      const engine = new SqliteEngine(parts);
      const { clock, observer } = surroundingsOf(options);
      const store = new SqliteStore(engine, { clock, observer });
      await store.#watchFiles(parts, { path, clock, shrinks: () => engine.shrinks });
      return store;
    } catch (error) {
      OPEN_HERE.delete(path);
      throw recognised(error, path);
    }
  }

  #watch: FileWatch | undefined;

  private constructor(engine: SqliteEngine, surroundings: EmbeddedStoreSurroundings) {
    super(engine, surroundings);
  }

  override close(): Promise<void> {
    this.#watch?.stop();
    return super.close();
  }

  async #watchFiles({ db, markClosed }: OpenParts, watched: Omit<FileWatchDetails, 'lost'>): Promise<void> {
    const lost = (file: LostFile): void => {
      const { error, marked } = rescueStore(db, watched.path, file, markClosed);
      void this.takeNothingMore(error, marked);
    };
    this.#watch = await FileWatch.start({ ...watched, lost });
  }
}

function surroundingsOf({
  clock = new SystemClock(),
  observer = new NoStoreObserver(),
}: SqliteStoreOptions): EmbeddedStoreSurroundings {
  return { clock, observer };
}

interface OpenParts extends SqliteEngineParts {
  readonly markClosed: () => Promise<void>;
}

async function openParts(options: SqliteStoreOptions): Promise<OpenParts> {
  const { path, codec = new ChecksumRecordCodec(), faults = new NoFaultPoints(), migrations = MIGRATIONS } = options;
  makeWritablePlace(path);
  const marker = new StoreMarker(path);
  const exists = await inspectFile({ path, marker, codec, newestFormat: migrations.length });
  if (!exists) makeFile(path);
  const db = await openLocked(path, marker);
  try {
    migrate(db, migrations, faults);
    const meta = new SqliteMeta(db, codec);
    const seals = SealState.read(meta, codec, path);
    const [storeId, generation] = countOpening(db, meta, seals);
    if (seals.isUniform && seals.hasTraces) eraseTracesIfThereIsSpace(db, seals);
    await marker.write(storeId, generation, 'open');
    const markClosed = (): Promise<void> => marker.write(storeId, generation, 'closed');
    return {
      markClosed,
      db,
      codec: new BoundRecordCodec(codec, { storeId, acceptsUnsealed: () => seals.acceptsUnsealed }),
      meta,
      seals,
      faults,
      closeFile: () => closeInOrder(db, path, markClosed),
      leaveFile: () => void LEFT_ALONE.add(db),
    };
  } catch (error) {
    // Closing writes, which is not for a file that has just failed.
    if (isResultOfSqlite(error)) LEFT_ALONE.add(db);
    else db.close();
    throw error;
  }
}

function recognised(error: unknown, path: string): unknown {
  const refusal = refusalOf(error, path);
  if (refusal) return refusal;
  if (isUnreadable(error) || isNonsense(error)) return new StoreDamagedError(path, 'cannot be read', error);
  if (isDiskFull(error)) return new StoreFullAtStartError(error, path);
  return isResultOfSqlite(error) ? new StoreFailedError(error) : error;
}

/** The file and those that SQLite makes beside it are for the server's user alone. */
function makeFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

async function openLocked(path: string, marker: StoreMarker): Promise<DatabaseSync> {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(
      'PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000',
    );
    // Takes the lock, which is kept from now on.
    db.exec('BEGIN IMMEDIATE; COMMIT');
    return db;
  } catch (error) {
    if (!isLocked(error)) LEFT_ALONE.add(db);
    else db.close();
    throw isLocked(error) ? new StoreLockedError(path, await marker.holder()) : error;
  }
}

/** Runs before the store is in use, so nothing has to wait for it. */
function eraseTracesIfThereIsSpace(db: DatabaseSync, seals: SealState): void {
  try {
    eraseTraces(db, seals);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    if (db.isTransaction) db.exec('ROLLBACK');
    seals.load();
  }
}

function countOpening(db: DatabaseSync, meta: SqliteMeta, seals: SealState): [storeId: string, generation: number] {
  db.exec('BEGIN IMMEDIATE');
  seals.adopt();
  const storeId = meta.get('store-id') ?? randomUUID();
  const generation = Number(meta.get('generation') ?? 0) + 1;
  meta.set('store-id', storeId);
  meta.set('generation', String(generation));
  db.exec('COMMIT');
  return [storeId, generation];
}

/** The marker says `closed` before the journal goes: the other way round a crash in between would look like a lost journal. */
async function closeInOrder(db: DatabaseSync, path: string, markClosed: () => Promise<void>): Promise<void> {
  try {
    db.exec('PRAGMA wal_checkpoint(FULL)');
    await markClosed();
  } catch (error) {
    LEFT_ALONE.add(db);
    throw error;
  }
  db.close();
  OPEN_HERE.delete(path);
}
