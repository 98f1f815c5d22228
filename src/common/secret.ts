/**
 * A text that must not be seen: a password, a token, a key. It prints as `[secret]` wherever it turns up, so that no log, error or answer
 * shows it by accident. It does not protect against code that means to read it: that calls `reveal()`.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
// No thread is involved: Node keeps this function there.
import { markAsUncloneable } from 'node:worker_threads';

const SHOWN = '[secret]';

/** A registered symbol, so that the secrets of a second copy of this package are known as such. */
const BRAND = Symbol.for('panotti:secret:v1');

/** Where `util.inspect` and the console look for how an object prints itself. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const comparisonKey = randomBytes(32);

/**
 * Holds a text and shows `[secret]`: as a string, in templates, in JSON, in `util.inspect` and the console, in the message of an error, in
 * logs. It is frozen. It cannot be cloned or sent to another thread: `structuredClone` and `postMessage` throw a `DataCloneError`.
 *
 * @example
 * const token = new Secret('hunter2');
 * `${token}`;            // '[secret]'
 * token.reveal();        // 'hunter2'
 * token.equals('guess'); // false, in a time that tells nothing
 */
export class Secret {
  readonly #text: string;

  /** @throws TypeError when `text` is no string; the message does not show it */
  constructor(text: string) {
    if (typeof text !== 'string') throw new TypeError('A Secret holds a text, and was given something else.');
    this.#text = text;
    markAsUncloneable(this);
    Object.freeze(this);
  }

  /** The text itself: the one way to it. Call it where the text is used, and keep the result no longer than that. */
  reveal(): string {
    return this.#text;
  }

  /**
   * Whether the other holds the same text. Takes the same time wherever the two differ. A secret that is absent, as an optional setting
   * may be, is never the same as one that is there.
   */
  equals(other: Secret | string | null | undefined): boolean {
    const text = isSecret(other) ? other.reveal() : other;
    return typeof text === 'string' && timingSafeEqual(digest(this.#text), digest(text));
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  get [Symbol.toStringTag](): string {
    return 'Secret';
  }

  [INSPECT](): string {
    return SHOWN;
  }

  get [BRAND](): true {
    return true;
  }
}

// So that no code can put its own `toJSON` in the place of these.
Object.freeze(Secret.prototype);
Object.freeze(Secret);

/** Whether `value` is a secret, also one of a second copy of this package. Never throws. */
export function isSecret(value: unknown): value is Secret {
  try {
    return typeof value === 'object' && value !== null && BRAND in value;
  } catch {
    // A proxy may refuse the question.
    return false;
  }
}

/** Of one length, which `timingSafeEqual` needs, and of no use to anyone without the key of this process. */
function digest(text: string): Buffer {
  return createHmac('sha256', comparisonKey).update(text).digest();
}
