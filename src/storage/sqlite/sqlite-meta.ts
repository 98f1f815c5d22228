/** Single values of the store about itself. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { SealBrokenError, type RecordCodec } from '../sealing/record-codec.port.js';
import { keyIdOf } from '../sealing/sealed-bytes.js';
import { checksumOf, prepareRead } from './row.js';

export const META_NAMES = ['store-id', 'generation', 'trimmed-through', 'record-count', 'seals'] as const;

export type MetaName = (typeof META_NAMES)[number];

export class SqliteMeta {
  readonly #codec: RecordCodec;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  #acceptsUnsealed = true;

  constructor(db: DatabaseSync, codec: RecordCodec) {
    this.#upsert = db.prepare('INSERT OR REPLACE INTO meta (name, body, checksum) VALUES (?, ?, ?)');
    this.#codec = codec;
    this.#select = prepareRead(db, 'SELECT body, checksum FROM meta WHERE name = ?');
  }

  /** @throws SealBrokenError */
  get(name: MetaName): string | undefined {
    const row = this.#select.get(name);
    if (!row) return undefined;
    if (!this.#acceptsUnsealed && !(row['body'] instanceof Uint8Array)) throw new SealBrokenError('it is not sealed');
    return this.#codec.open(`meta ${name} `, row['body'], checksumOf(row));
  }

  /** The id of the key with which a value is sealed; `undefined` where there is no value, or one that is no text and not sealed. */
  keyIdOf(name: MetaName): string | undefined {
    return keyIdOf(this.#select.get(name)?.['body']);
  }

  /** An unsealed value in a sealed store was written by someone else. */
  acceptUnsealed(acceptsUnsealed: boolean): void {
    this.#acceptsUnsealed = acceptsUnsealed;
  }

  set(name: MetaName, value: string): void {
    const { body, checksum } = this.#codec.seal(`meta ${name} `, value);
    this.#upsert.run(name, body, checksum);
  }

  /** Writes everything with the current key. */
  reseal(): void {
    for (const name of META_NAMES) {
      const value = this.get(name);
      if (value !== undefined) this.set(name, value);
    }
  }
}
