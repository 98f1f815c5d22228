/**
 * The text form of an encrypted value: `v1.` and, in base64, 4 bytes that name the key, 12 bytes of nonce, the AES-256-GCM ciphertext and
 * its tag of 16 bytes (NIST SP 800-38D). The version and the name of the key are authenticated with it. The place in the configuration is
 * not, so that a value can be moved or copied to another setting; who can write the file can write anything there anyway.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, type KeyObject } from 'node:crypto';

/** Either the text, or the reason why it cannot be read, which goes after the path in a report. Neither the text nor the key is in it. */
export type Decrypted = { readonly text: string } | { readonly reason: string };

const PREFIX = 'v1.';
const CIPHER = 'aes-256-gcm';
const KEY_NAME_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = KEY_NAME_BYTES + NONCE_BYTES;

const REASONS = {
  form: 'is not in the form of an encrypted value; write !encrypted and what `panotti config encrypt` prints',
  key: 'is encrypted with another key than the one that is set',
  damaged: 'is damaged: a part is missing, or was changed after it was encrypted',
};

/** Never the same twice: the nonce is drawn at random. One key is good for 2^32 values. */
export function encryptText(text: string, key: KeyObject): string {
  const name = nameOf(key);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData(name));
  const parts = [name, nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return PREFIX + Buffer.concat(parts).toString('base64');
}

/** @param written white space in it does not count, so that YAML may fold it */
export function decryptText(written: string, key: KeyObject): Decrypted {
  const compact = written.replaceAll(/\s/g, '');
  if (!compact.startsWith(PREFIX)) return { reason: REASONS.form };
  const encoded = compact.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes.toString('base64') !== encoded)
    return { reason: REASONS.damaged };
  const name = bytes.subarray(0, KEY_NAME_BYTES);
  if (!name.equals(nameOf(key))) return { reason: REASONS.key };
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(KEY_NAME_BYTES, HEADER_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(associatedData(name))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const clear = Buffer.concat([decipher.update(bytes.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(clear) };
  } catch {
    return { reason: REASONS.damaged };
  }
}

/** Tells a wrong key from a damaged text. A key has 256 random bits, so that nothing can be learnt from these. */
function nameOf(key: KeyObject): Buffer {
  return createHash('sha256').update('panotti:config-key:').update(key.export()).digest().subarray(0, KEY_NAME_BYTES);
}

function associatedData(keyName: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`panotti:config:${PREFIX}`), keyName]);
}
