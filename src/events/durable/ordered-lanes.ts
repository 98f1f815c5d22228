/**
 * Keeps deliveries of the same key in their order, over retries. A bounded number waits in memory, for all keys together; what waits behind a
 * delivery that failed, and what is too much, waits in the store. Knows nothing of what they are.
 */
import { Fifo } from '../delivery/fifo.js';

interface Lane<T> {
  /** In memory: older than what is in the store. */
  readonly waiting: Fifo<T>;
  /** How many wait in the store. */
  stored: number;
  /** What comes now waits in the store. */
  isBlocked: boolean;
  /** Nothing has the lane yet: what the log still holds of it comes before what is in the store. */
  isOpen: boolean;
}

export type Place = 'go' | 'wait' | 'park';

export class OrderedLanes<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  #waiting = 0;

  /** @param limit how many wait in memory at most */
  constructor(private readonly limit: number) {}

  /** How many wait in memory. */
  get waiting(): number {
    return this.#waiting;
  }

  /** What becomes of a delivery that comes to the end of its lane, from the log or else by a record. */
  enter(key: string, item: T, origin: 'log' | 'record'): Place {
    const lane = this.#lanes.get(key);
    if (!lane) {
      this.#lanes.set(key, { waiting: new Fifo(), stored: 0, isBlocked: false, isOpen: false });
      return 'go';
    }
    if (lane.isOpen && origin === 'log') {
      lane.isOpen = false;
      return 'go';
    }
    if (!lane.isBlocked && this.#waiting < this.limit) {
      lane.waiting.push(item);
      this.#waiting++;
      return 'wait';
    }
    lane.isBlocked = true;
    lane.stored++;
    return 'park';
  }

  /** The first of the lane is to be tried again. @returns what waited in memory, to be put into the store */
  block(key: string): T[] {
    const lane = this.#lanes.get(key);
    if (!lane) return [];
    const waiting = lane.waiting.takeAll();
    this.#waiting -= waiting.length;
    lane.isBlocked = true;
    lane.stored += waiting.length;
    return waiting;
  }

  /** As it is found in the store. @param hasFirst whether one of them has the lane, and comes when it is due */
  restore(key: string, { stored, hasFirst }: { readonly stored: number; readonly hasFirst: boolean }): void {
    this.#lanes.set(key, { waiting: new Fifo(), stored: hasFirst ? stored - 1 : stored, isBlocked: true, isOpen: !hasFirst });
  }

  /** The log holds nothing any more that comes before. @returns whether the first is now to be taken out of the store */
  begin(key: string): boolean {
    const lane = this.#lanes.get(key);
    if (!lane?.isOpen) return false;
    lane.isOpen = false;
    return this.leave(key) === 'store';
  }

  /** The first of the lane is done. @returns what comes next: an item in memory, or the first of its lane in the `store` */
  leave(key: string): { readonly item: T } | 'store' | undefined {
    const lane = this.#lanes.get(key);
    // Of an open lane there is no first that could be done.
    if (!lane || lane.isOpen) return undefined;
    const item = lane.waiting.shift();
    if (item !== undefined) {
      this.#waiting--;
      return { item };
    }
    if (lane.stored > 0) {
      lane.stored--;
      lane.isBlocked = lane.stored > 0;
      return 'store';
    }
    this.#lanes.delete(key);
    return undefined;
  }

  /** There is nothing of this lane in the store, whatever was counted. */
  emptied(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane) return;
    lane.stored = 0;
    lane.isBlocked = false;
  }
}
