/**
 * Removes what was written with other keys from places that are not in use: SQLite leaves it in free pages, in gaps of the others and in the
 * journal. Rewrites the whole file, and returns when it is done.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { SealState } from './seal-state.js';

/** When all records are sealed alike. Outside of a transaction. */
export function eraseTraces(db: DatabaseSync, seals: SealState): void {
  // The copy that is made of the file may be too big for the memory; everything in it is sealed.
  db.exec('PRAGMA temp_store = FILE');
  try {
    db.exec('VACUUM');
  } finally {
    db.exec('PRAGMA temp_store = MEMORY');
  }
  settle(db, seals, false);
}

/**
 * Notes that all records are sealed alike. The journal starts again with that and is cut off behind it; it is never empty, which would look as
 * if it had been lost.
 */
export function settle(db: DatabaseSync, seals: SealState, hasTraces: boolean): void {
  db.exec('PRAGMA journal_size_limit = 0');
  try {
    db.exec('PRAGMA wal_checkpoint(RESTART)');
    db.exec('BEGIN IMMEDIATE');
    seals.settle(hasTraces);
    db.exec('COMMIT');
  } finally {
    db.exec('PRAGMA journal_size_limit = -1');
  }
}
