/** The layout of a sealed record: one byte for the layout, one for the length of the key's id, the id, nonce, tag, ciphertext. */
import { UNSEALED } from './record-codec.port.js';

const LAYOUT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SealedParts {
  readonly keyId: string;
  readonly nonce: Uint8Array;
  readonly tag: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export function packSealed({ keyId, nonce, tag, ciphertext }: SealedParts): Uint8Array {
  const idBytes = Buffer.byteLength(keyId);
  const nonceAt = 2 + idBytes;
  const packed = Buffer.allocUnsafe(nonceAt + NONCE_BYTES + TAG_BYTES + ciphertext.length);
  packed.writeUInt8(LAYOUT, 0);
  packed.writeUInt8(idBytes, 1);
  packed.write(keyId, 2);
  packed.set(nonce, nonceAt);
  packed.set(tag, nonceAt + NONCE_BYTES);
  packed.set(ciphertext, nonceAt + NONCE_BYTES + TAG_BYTES);
  return packed;
}

/** `undefined` when the bytes cannot be a sealed record. */
export function unpackSealed(bytes: Uint8Array): SealedParts | undefined {
  const nonceAt = 2 + (bytes[1] ?? 0);
  const tagAt = nonceAt + NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  if (bytes[0] !== LAYOUT || bytes.length < textAt) return undefined;
  return {
    keyId: Buffer.from(bytes.subarray(2, nonceAt)).toString(),
    nonce: bytes.subarray(nonceAt, tagAt),
    tag: bytes.subarray(tagAt, textAt),
    ciphertext: bytes.subarray(textAt),
  };
}

/** The id of the key with which it was sealed, `UNSEALED` for a text; `undefined` when it is neither. */
export function keyIdOf(body: unknown): string | undefined {
  if (typeof body === 'string') return UNSEALED;
  return body instanceof Uint8Array ? unpackSealed(body)?.keyId : undefined;
}
