/** The positions of a log that a subscription has dealt with: everything up to one, and ranges above it. */
import type { StoredCursor } from '../stored.js';

export class PositionSet {
  #low: number;
  /** First and last of each range, flat, ascending; neither touching each other nor `low`. */
  readonly #above: number[];

  constructor(low: number, above: readonly number[] = []) {
    this.#low = low;
    this.#above = [...above];
  }

  /** @throws RangeError for a text that `toText` has not made */
  static fromText(text: string): PositionSet {
    const numbers = text.split(' ').map(Number);
    const [low = Number.NaN, ...above] = numbers;
    const isAscending = numbers.every(
      (number, index) => Number.isSafeInteger(number) && (index === 0 || number >= (numbers[index - 1] ?? 0)),
    );
    if (!isAscending || above.length % 2 !== 0) throw new RangeError('These are no positions.');
    return new PositionSet(low, above);
  }

  toText(): string {
    return this.#above.length === 0 ? String(this.#low) : `${this.#low} ${this.#above.join(' ')}`;
  }

  /** The highest position in it. */
  get highest(): number {
    return this.#above.at(-1) ?? this.#low;
  }

  toCursor(): StoredCursor {
    const above: [number, number][] = [];
    for (let at = 0; at < this.#above.length; at += 2) above.push([this.#above[at] ?? 0, this.#above[at + 1] ?? 0]);
    return { position: this.#low, above };
  }

  add(position: number): void {
    const above = this.#above;
    if (position <= this.#low) return;
    if (position === this.#low + 1) {
      this.#low = position;
      this.#absorb();
      return;
    }
    const at = this.#indexOfFirstEndingFrom(position - 1);
    const first = above[at] ?? Number.POSITIVE_INFINITY;
    const last = above[at + 1] ?? Number.POSITIVE_INFINITY;
    if (position >= first && position <= last) return;
    if (position === last + 1) {
      above[at + 1] = position;
      if (above[at + 2] === position + 1) above.splice(at + 1, 2);
    } else if (position === first - 1) above[at] = position;
    else above.splice(at, 0, position, position);
  }

  /** The ranges that now touch `low` become part of it. */
  #absorb(): void {
    if (this.#above[0] !== this.#low + 1) return;
    this.#low = this.#above[1] ?? this.#low;
    this.#above.splice(0, 2);
  }

  /** The index of the first range whose last position is at least `position`. */
  #indexOfFirstEndingFrom(position: number): number {
    let from = 0;
    let to = this.#above.length / 2;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#above[2 * middle + 1] ?? 0) < position) from = middle + 1;
      else to = middle;
    }
    return 2 * from;
  }
}
