/** What SQLite's result codes mean here. Their numbers are those of https://www.sqlite.org/rescode.html. */

const SQLITE_ERROR = 1;
const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_CONSTRAINT = 19;
const SQLITE_NOTADB = 26;

export function isLocked(error: unknown): boolean {
  return primaryCodeOf(error) === SQLITE_BUSY;
}

/** Not ENOSPC while synchronising: after that it is unknown what is on the disk. */
export function isDiskFull(error: unknown): boolean {
  return primaryCodeOf(error) === SQLITE_FULL;
}

export function isConstraint(error: unknown): boolean {
  return primaryCodeOf(error) === SQLITE_CONSTRAINT;
}

/** While a store is opened: the schema in the file is not the one that its format number promises. */
export function isNonsense(error: unknown): boolean {
  return primaryCodeOf(error) === SQLITE_ERROR;
}

export function isUnreadable(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** The system did not let SQLite open, make or write a file. What is in the file has nothing to do with it. */
export function isRefusedBySystem(error: unknown): boolean {
  const code = primaryCodeOf(error);
  return code === SQLITE_PERM || code === SQLITE_READONLY || code === SQLITE_CANTOPEN;
}

export function isResultOfSqlite(error: unknown): boolean {
  return primaryCodeOf(error) !== undefined;
}

/** The lower eight bits; those above tell apart, for example, which call on a file has failed. */
function primaryCodeOf(error: unknown): number | undefined {
  if (!Error.isError(error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}
