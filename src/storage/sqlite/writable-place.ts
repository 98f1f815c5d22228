/** Finds out, before a store is looked at, whether this process may write it: SQLite's own answers sound like damage. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataDirectoryError, DataDirectoryNotWritableError, noFolderError } from '../../config/index.js';
import { isRefusedBySystem } from './sqlite-result.js';

const { R_OK, W_OK, X_OK } = constants;

/** The file, and those that stand beside it. */
const SUFFIXES = ['', '-wal', '-shm', '.json'] as const;

/**
 * Makes the folder of a store if it does not exist.
 *
 * @throws DataDirectoryNotWritableError, DataDirectoryError: nothing else has been made
 */
export function makeWritablePlace(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw noFolderError(folder, error);
  }
  assertWritable(path);
}

/** @throws DataDirectoryNotWritableError when the folder, or a file of the store that is there, refuses */
function assertWritable(path: string): void {
  const folder = dirname(path);
  assertAccess(folder, R_OK | W_OK | X_OK);
  for (const suffix of SUFFIXES) assertAccess(path + suffix, R_OK | W_OK);
}

/** @throws DataDirectoryNotWritableError when this process may not look */
export function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    const refusal = DataDirectoryNotWritableError.from(path, error);
    if (refusal) throw refusal;
    return false;
  }
}

/** What SQLite, or the system, has said when it was refused after all. `undefined`: it is something else. */
export function refusalOf(error: unknown, path: string): Error | undefined {
  const refusal = DataDirectoryNotWritableError.from(path, error);
  if (refusal || !isRefusedBySystem(error)) return refusal;
  try {
    assertWritable(path);
  } catch (found) {
    return found instanceof DataDirectoryNotWritableError ? found : undefined;
  }
  return new DataDirectoryError(path, error);
}

function assertAccess(path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw DataDirectoryNotWritableError.from(path, error) ?? error;
  }
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : '';
}
