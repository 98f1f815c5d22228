/**
 * The nonces of one process: eight bytes drawn at random, then a counter of four, as NIST SP 800-38D, 8.2.1, builds them. Nonces that are
 * random altogether would allow 2^32 records for a key (8.3), which this store can write in a day; here a random part is drawn once for 2^32.
 */
import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 8;
const NONCE_BYTES = 12;
const COUNTERS = 2 ** 32;

export class Nonces {
  #random = randomBytes(RANDOM_BYTES);
  #counter: number;

  /** @param counter where to begin, for tests */
  constructor(counter = 0) {
    this.#counter = counter;
  }

  /** 12 bytes that no call has returned before. */
  next(): Uint8Array {
    if (this.#counter === COUNTERS) {
      this.#counter = 0;
      this.#random = randomBytes(RANDOM_BYTES);
    }
    const nonce = Buffer.allocUnsafe(NONCE_BYTES);
    nonce.set(this.#random);
    nonce.writeUInt32BE(this.#counter++, RANDOM_BYTES);
    return nonce;
  }
}
