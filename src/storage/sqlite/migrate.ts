/** Brings a file to the newest format, one transaction a step: a step that was cut off has not happened. */
import type { DatabaseSync } from 'node:sqlite';
import type { FaultPoints } from '../fault-points.port.js';

export function formatOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

export function migrate(db: DatabaseSync, migrations: readonly string[], faults: FaultPoints): void {
  for (let format = formatOf(db) + 1; format <= migrations.length; format++) {
    db.exec('BEGIN IMMEDIATE');
    try {
      faults.reach('migration-begun');
      db.exec(migrations[format - 1] ?? '');
      db.exec(`PRAGMA user_version = ${format}`);
      faults.reach('migration-applied');
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
    faults.reach('migration-committed');
  }
}
