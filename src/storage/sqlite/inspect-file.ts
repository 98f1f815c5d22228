/** Looks at the files of a store before anything is written, and refuses what does not belong together. */
import { openSync, readSync, closeSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { PanottiError } from '../../common/index.js';
import { SealBrokenError, type RecordCodec } from '../sealing/record-codec.port.js';
import { StoreDamagedError, StoreKeyMismatchError, StoreLockedError, StoreTooNewError } from '../storage.errors.js';
import { formatOf } from './migrate.js';
import { SealState } from './seal-state.js';
import { SqliteMeta } from './sqlite-meta.js';
import { isLocked, isRefusedBySystem } from './sqlite-result.js';
import type { Marker, StoreMarker } from './store-marker.js';

const MAGIC = 'SQLite format 3\0';
/** Formats come one by one. A number beyond these is a damaged one, and no version to wait for. */
const HIGHEST_FORMAT = 1_000;
/** Where the header keeps the format number, https://www.sqlite.org/fileformat.html#the_database_header. */
const FORMAT_OFFSET = 60;

export interface Inspection {
  readonly path: string;
  readonly marker: StoreMarker;
  readonly codec: RecordCodec;
  readonly newestFormat: number;
}

/**
 * @returns false when there is no store yet
 * @throws StoreDamagedError, StoreTooNewError, StoreLockedError, StoreKeyMismatchError: the files are as they were
 */
export async function inspectFile(inspection: Inspection): Promise<boolean> {
  const { path, newestFormat } = inspection;
  const marker = await inspection.marker.read();
  const size = sizeOf(path);
  const journalSize = sizeOf(`${path}-wal`) ?? 0;
  if (size === undefined) {
    if (marker) throw new StoreDamagedError(path, 'is missing, although there was one');
    return false;
  }
  if (size === 0) {
    if (marker) throw new StoreDamagedError(path, 'is empty, although there was something in it');
    return false;
  }
  const header = readHeader(path);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw new StoreDamagedError(path, 'is no database');
  const format = header.readInt32BE(FORMAT_OFFSET);
  if (format < 0 || format > HIGHEST_FORMAT)
    throw new StoreDamagedError(path, `says that it has the format ${format}, which there is none of`);
  if (format > newestFormat) throw new StoreTooNewError(path, format, newestFormat);
  if (marker?.state === 'open' && journalSize === 0)
    throw new StoreDamagedError(path, 'has lost its journal (the file that ends with -wal)');
  await lookInside(inspection, marker, journalSize > 0);
  return true;
}

/** @param hasJournal without one nothing but the file is read, and no file beside it is made */
async function lookInside(
  { path, codec, newestFormat, marker: file }: Inspection,
  marker: Marker | undefined,
  hasJournal: boolean,
): Promise<void> {
  const url = pathToFileURL(path);
  if (!hasJournal) url.searchParams.set('immutable', '1');
  try {
    using db = new DatabaseSync(url, { readOnly: true, timeout: 0 });
    const format = formatOf(db);
    if (format > newestFormat) throw new StoreTooNewError(path, format, newestFormat);
    // Cut off before the first format was complete.
    if (format === 0 && !marker) return;
    if (format === 0) throw new StoreDamagedError(path, 'is empty, although there was something in it');
    const meta = new SqliteMeta(db, codec);
    SealState.read(meta, codec, path);
    compare(meta, marker, path);
  } catch (error) {
    if (isLocked(error)) throw new StoreLockedError(path, await file.holder());
    if (error instanceof PanottiError || isRefusedBySystem(error)) throw error;
    if (error instanceof SealBrokenError && error.keyId !== undefined)
      throw new StoreKeyMismatchError(path, error.keyId);
    const what = error instanceof SealBrokenError ? 'is damaged where it describes itself' : 'cannot be read';
    throw new StoreDamagedError(path, what, error);
  }
}

function compare(meta: SqliteMeta, marker: Marker | undefined, path: string): void {
  const storeId = meta.get('store-id');
  const generation = Number(meta.get('generation') ?? 0);
  if (!marker) return;
  if (storeId !== marker.storeId) throw new StoreDamagedError(path, 'is another one than the one that was here');
  if (generation < marker.generation) throw new StoreDamagedError(path, 'is older than the one that was here');
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header;
}
