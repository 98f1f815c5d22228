/**
 * The codec with keys: AES-256-GCM, the label as additional data. Names, ids, keys of records and times are not sealed: the store looks for
 * them.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { RecordCodec, SealBrokenError, UNSEALED, type SealedBody } from './record-codec.port.js';
import { ChecksumRecordCodec } from './checksum-record-codec.js';
import { Nonces } from './nonces.js';
import { packSealed, unpackSealed, type SealedParts } from './sealed-bytes.js';

const ALGORITHM = 'aes-256-gcm';

export interface RecordKey {
  /** Stored beside each record: 1 to 64 bytes. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface RecordKeys {
  /** Seals what is written. Left out: nothing is sealed any more. */
  readonly current?: RecordKey | undefined;
  /** Open what was written before the keys were changed. */
  readonly previous?: readonly RecordKey[];
}

export class AesRecordCodec extends RecordCodec {
  override readonly currentKeyId: string;
  /** As objects of Node: a key that is given as bytes is imported again for each record, which takes ten times as long as sealing it. */
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #unsealed = new ChecksumRecordCodec();
  readonly #nonces = new Nonces();

  /** @throws RangeError when a key or an id has another length, or two keys have the same id; the message has no key in it */
  constructor({ current, previous = [] }: RecordKeys) {
    super();
    const all = current ? [current, ...previous] : previous;
    for (const { id, key } of all) assertUsable(id, key);
    this.currentKeyId = current?.id ?? UNSEALED;
    this.#keys = new Map(all.map(({ id, key }) => [id, createSecretKey(key)]));
    if (this.#keys.size !== all.length) throw new RangeError('Two keys of the store have the same id.');
  }

  seal(label: string, text: string): SealedBody {
    const key = this.#keys.get(this.currentKeyId);
    if (!key) return this.#unsealed.seal(label, text);
    const nonce = this.#nonces.next();
    const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(label));
    const ciphertext = cipher.update(text, 'utf8');
    // Gives no bytes in this mode, and makes the tag.
    cipher.final();
    return { body: packSealed({ keyId: this.currentKeyId, nonce, tag: cipher.getAuthTag(), ciphertext }), checksum: 0 };
  }

  /** Also what is not sealed: whether that may be is for the store to say, which knows whether all of it is. */
  open(label: string, body: unknown, checksum: number): string {
    if (!(body instanceof Uint8Array)) return this.#unsealed.open(label, body, checksum);
    const parts = unpackSealed(body);
    if (!parts) throw new SealBrokenError('it is no sealed record');
    const key = this.#keys.get(parts.keyId);
    if (!key) throw new SealBrokenError(`it is sealed with the key "${parts.keyId}", which was not given`, parts.keyId);
    return decipher(key, label, parts);
  }

  hasKey(id: string): boolean {
    return id === UNSEALED || this.#keys.has(id);
  }
}

function decipher(key: KeyObject, label: string, { keyId, nonce, tag, ciphertext }: SealedParts): string {
  try {
    const opened = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: tag.length })
      .setAAD(Buffer.from(label))
      .setAuthTag(tag);
    const text = opened.update(ciphertext).toString();
    opened.final();
    return text;
  } catch {
    throw new SealBrokenError('the seal is broken', keyId);
  }
}

function assertUsable(id: string, key: Uint8Array): void {
  const idBytes = Buffer.byteLength(id);
  if (idBytes < 1 || idBytes > 64) throw new RangeError('The id of a key of the store has 1 to 64 bytes.');
  if (key.length !== 32) throw new RangeError(`The key "${id}" of the store has ${key.length} bytes; it must have 32.`);
}
