/** Single values of the store about itself. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RecordCodec } from '../record-codec.port.js';
import { checksumOf, prepareRead } from './row.js';

const NAMES = ['store-id', 'generation', 'trimmed-through', 'record-count'] as const;

export type MetaName = (typeof NAMES)[number];

export class SqliteMeta {
  readonly #codec: RecordCodec;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;

  constructor(db: DatabaseSync, codec: RecordCodec) {
    this.#upsert = db.prepare('INSERT OR REPLACE INTO meta (name, body, checksum) VALUES (?, ?, ?)');
    this.#codec = codec;
    this.#select = prepareRead(db, 'SELECT body, checksum FROM meta WHERE name = ?');
  }

  /** @throws SealBrokenError */
  get(name: MetaName): string | undefined {
    const row = this.#select.get(name);
    return row && this.#codec.open(`meta ${name} `, row['body'], checksumOf(row));
  }

  set(name: MetaName, value: string): void {
    const { body, checksum } = this.#codec.seal(`meta ${name} `, value);
    this.#upsert.run(name, body, checksum);
  }

  /** Writes everything with the newest key. */
  reseal(): void {
    for (const name of NAMES) {
      const value = this.get(name);
      if (value !== undefined) this.set(name, value);
    }
  }
}
