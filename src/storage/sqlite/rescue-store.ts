/** Keeps what an open store has, after a file of it was taken away: SQLite still has the descriptors, and so all that was acknowledged. */
import { existsSync, renameSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreTakenAwayError } from '../storage.errors.js';
import type { LostFile } from './file-watch.js';

/** Says that everything is in the database itself, so that the next start asks for no journal. */
type MarkClosed = () => Promise<void>;

/** Never throws, and does everything but the marking at once, before anything else is written. */
export function rescueStore(
  db: DatabaseSync,
  path: string,
  lost: LostFile,
  markClosed: MarkClosed,
): { error: StoreTakenAwayError; marked: Promise<void> } {
  try {
    // The transaction of a large unit, whose caller has no answer yet: neither the journal nor a copy can be written inside of it.
    if (db.isTransaction) db.exec('ROLLBACK');
    if (lost.what === 'was cut') return notRescued(lost);
    const rescue = lost.file === 'journal' ? emptyJournal(db, path) : copyDatabase(db, path);
    return {
      error: new StoreTakenAwayError(lost.path, lost.what, rescue),
      marked: markClosed().catch(() => undefined),
    };
  } catch (error) {
    return notRescued(lost, error);
  }
}

function emptyJournal(db: DatabaseSync, path: string): { done: string; fix: string } {
  const result = db.prepare('PRAGMA wal_checkpoint(FULL)').get();
  if (result?.['busy'] !== 0) throw new Error('The journal could not be emptied.');
  const stranger = `${path}-wal`;
  // Not ours, and the next start would take it for the journal.
  if (existsSync(stranger)) renameSync(stranger, freeName(`${stranger}.strange`));
  return {
    done: 'All that it held has been moved into the database, and nothing was lost.',
    fix: 'Find out what removes files in the data directory, and start the server again.',
  };
}

function copyDatabase(db: DatabaseSync, path: string): { done: string; fix: string } {
  const copy = freeName(`${path}.rescued`);
  db.prepare('VACUUM INTO ?').run(copy);
  return {
    done: `All that it held has been copied to ${copy}.`,
    fix: `Find out what removes files in the data directory, move ${copy} to ${path}, and start the server again.`,
  };
}

function notRescued(lost: LostFile, cause?: unknown): { error: StoreTakenAwayError; marked: Promise<void> } {
  const rescue = {
    done: 'What it held could not be saved.',
    fix: 'Put a backup back, or run `panotti store repair`, and find out what changes files in the data directory.',
  };
  return { error: new StoreTakenAwayError(lost.path, lost.what, rescue, cause), marked: Promise.resolve() };
}

function freeName(name: string): string {
  for (let number = 1; ; number++) if (!existsSync(`${name}-${number}`)) return `${name}-${number}`;
}
