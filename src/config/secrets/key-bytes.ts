/** The forms in which a key of 256 bits is written. */

export const KEY_BYTES = 32;

/** For reports. */
export const KEY_FORM = `${KEY_BYTES} bytes, as base64 or as ${2 * KEY_BYTES} hexadecimal digits`;

/** The key that `text` holds; `undefined` where it holds no key. White space around it does not count. */
export function keyBytes(text: string): Buffer | undefined {
  const written = text.trim();
  if (/^[\da-f]{64}$/i.test(written)) return Buffer.from(written, 'hex');
  // 43 characters hold 32 bytes; the usual alphabet and that for URLs.
  return /^[\w+/-]{43}=?$/.test(written) ? Buffer.from(written, 'base64') : undefined;
}
