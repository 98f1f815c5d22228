/** Makes the ids of events: UUIDs of version 7 that only grow within one process. */
import { randomBytes } from 'node:crypto';

const COUNTERS = Array.from({ length: 4096 }, (_, counter) => counter.toString(16).padStart(3, '0'));

/**
 * RFC 9562, method 1 of section 6.2: the millisecond, a counter of 12 bits, and 62 random bits. The random bits are
 * drawn once a millisecond, because within it the counter tells ids apart; ids are no secrets. An id costs two
 * concatenations that way.
 */
export class EventIds {
  /** Before any time that a clock can show, also one that was never set. */
  #millisecond = -1;
  #counter = 0;
  #head = '';
  #tail = '';

  /**
   * @param nowMs wall time in milliseconds since 1970; where it goes back, ids go on from the latest one; before 1970
   * it counts as 1970
   */
  next(nowMs: number): string {
    if (nowMs > this.#millisecond) this.#begin(nowMs);
    else if (this.#millisecond < 0) this.#begin(0);
    else if (++this.#counter === COUNTERS.length) this.#begin(this.#millisecond + 1);
    return this.#head + COUNTERS[this.#counter] + this.#tail;
  }

  #begin(millisecond: number): void {
    this.#millisecond = millisecond;
    this.#counter = 0;
    const time = Math.trunc(millisecond).toString(16).padStart(12, '0');
    this.#head = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    const random = randomBytes(8);
    random.writeUInt8((random.readUInt8(0) & 0x3f) | 0x80, 0);
    const digits = random.toString('hex');
    this.#tail = `-${digits.slice(0, 4)}-${digits.slice(4)}`;
  }
}
