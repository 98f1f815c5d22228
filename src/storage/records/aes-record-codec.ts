/**
 * The codec with keys: AES-256-GCM, the label as additional data, a random nonce for each record. Names, ids, keys of records and times are
 * not sealed: the store looks for them. One key seals up to 2^32 records (NIST SP 800-38D, 8.3); change it before.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { RecordCodec, SealBrokenError, type SealedBody } from '../record-codec.port.js';
import { ChecksumRecordCodec } from './checksum-record-codec.js';
import { packSealed, unpackSealed, type SealedParts } from './sealed-bytes.js';

const ALGORITHM = 'aes-256-gcm';

export interface RecordKey {
  /** Stored beside each record: 1 to 64 bytes. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface RecordKeys {
  /** Seals what is written. */
  readonly current: RecordKey;
  /** Open what was written before the keys were changed. */
  readonly previous?: readonly RecordKey[];
  /** Also reads records that are not sealed, until all of them are: for a store that was begun without a key. Default: false. */
  readonly acceptsUnsealed?: boolean;
}

export class AesRecordCodec extends RecordCodec {
  readonly #current: RecordKey;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #unsealed: ChecksumRecordCodec | undefined;

  /** @throws RangeError when a key or an id has another length, or two keys have the same id; the message has no key in it */
  constructor({ current, previous = [], acceptsUnsealed = false }: RecordKeys) {
    super();
    const all = [current, ...previous];
    for (const { id, key } of all) assertUsable(id, key);
    this.#current = current;
    this.#keys = new Map(all.map(({ id, key }) => [id, key]));
    if (this.#keys.size !== all.length) throw new RangeError('Two keys of the store have the same id.');
    this.#unsealed = acceptsUnsealed ? new ChecksumRecordCodec() : undefined;
  }

  seal(label: string, text: string): SealedBody {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(ALGORITHM, this.#current.key, nonce).setAAD(Buffer.from(label));
    const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return { body: packSealed({ keyId: this.#current.id, nonce, tag: cipher.getAuthTag(), ciphertext }), checksum: 0 };
  }

  open(label: string, body: unknown, checksum: number): string {
    if (!(body instanceof Uint8Array)) {
      if (this.#unsealed) return this.#unsealed.open(label, body, checksum);
      throw new SealBrokenError('it is not sealed');
    }
    const parts = unpackSealed(body);
    if (!parts) throw new SealBrokenError('it is no sealed record');
    const key = this.#keys.get(parts.keyId);
    if (!key) throw new SealBrokenError(`it is sealed with the key "${parts.keyId}", which was not given`, parts.keyId);
    return decipher(key, label, parts);
  }

  isCurrent(body: unknown): boolean {
    return body instanceof Uint8Array && unpackSealed(body)?.keyId === this.#current.id;
  }
}

function decipher(key: Uint8Array, label: string, { keyId, nonce, tag, ciphertext }: SealedParts): string {
  try {
    const opened = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: tag.length }).setAAD(Buffer.from(label)).setAuthTag(tag);
    return Buffer.concat([opened.update(ciphertext), opened.final()]).toString();
  } catch {
    throw new SealBrokenError('the seal is broken', keyId);
  }
}

function assertUsable(id: string, key: Uint8Array): void {
  const idBytes = Buffer.byteLength(id);
  if (idBytes < 1 || idBytes > 64) throw new RangeError('The id of a key of the store has 1 to 64 bytes.');
  if (key.length !== 32) throw new RangeError(`The key "${id}" of the store has ${key.length} bytes; it must have 32.`);
}
