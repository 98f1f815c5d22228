/** Measures JSON before it is parsed: what is nested too deeply or has too many values costs most in the code that walks it afterwards. */

export interface JsonShape {
  /** How many lists and objects may lie within each other. */
  readonly maxDepth: number;
  /** How many keys of objects and elements of lists there may be in all. */
  readonly maxKeys: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b] as const;
const CLOSING = [0x5d, 0x7d] as const;

/**
 * What is wrong with the shape of JSON, as the end of a sentence; `undefined` if nothing is. One pass over the bytes, which need not be
 * valid JSON, that ends where the first limit is passed.
 */
export function jsonShapeProblem(bytes: Uint8Array, { maxDepth, maxKeys }: JsonShape): string | undefined {
  let depth = 0;
  let keys = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) {
      isText = true;
    } else if (byte === OPENING[0] || byte === OPENING[1]) {
      // The first value of a list or an object has no comma.
      keys++;
      if (++depth > maxDepth) return `has more than ${maxDepth} levels`;
    } else if (byte === CLOSING[0] || byte === CLOSING[1]) {
      depth--;
    } else if (byte === COMMA) {
      keys++;
    }
    if (keys > maxKeys) return `has more than ${maxKeys} keys and list elements`;
  }
  return undefined;
}
