/** The list of what was found to be damaged. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { placeOf, type Damage } from '../stored.js';

export class SqliteParked {
  readonly #insert: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      'INSERT INTO parked (place, damage, time) VALUES (?, ?, ?) ON CONFLICT (place) DO NOTHING',
    );
    this.#all = db.prepare('SELECT damage FROM parked ORDER BY number');
  }

  add(damage: Damage, time: number): void {
    this.#insert.run(placeOf(damage), JSON.stringify(damage), time);
  }

  all(): Damage[] {
    return this.#all.all().flatMap((row) => readDamage(row['damage']));
  }
}

/** A damaged line of the list of damage is left out: what it said is found again. */
function readDamage(json: unknown): Damage[] {
  try {
    // Only `add` writes there.
    return typeof json === 'string' ? [JSON.parse(json) as Damage] : [];
  } catch {
    return [];
  }
}
