/**
 * Keeps deliveries of the same key in their order, over retries. A bounded number waits in memory, for all keys together; what waits behind a
 * failed delivery, and what is too much, waits in the store.
 */
import { Fifo } from '../../handlers/fifo.js';

interface Lane<T> {
  /** In memory: older than what is in the store. */
  readonly waiting: Fifo<T>;
  /** Deliveries that wait in the store. */
  stored: number;
  /** What comes now waits in the store. */
  isBlocked: boolean;
  /** Set while nothing has the lane, after a start: what the log still holds from before this turn comes before what is in the store. */
  vacantUntil: string | undefined;
}

/** `spill`: it waits in the store. */
export type Place = 'go' | 'wait' | 'spill';

/** Where a delivery comes from, and its turn: texts that grow with the order. */
export interface Arrival {
  readonly origin: 'log' | 'record';
  readonly turn: string;
}

/** One lane as it is found in the store. */
export interface RestoredLane {
  readonly stored: number;
  /** The least turn among them. */
  readonly first: string;
  /** True if one of them has the lane; it is delivered when it is due. */
  readonly hasFirst: boolean;
}

/** One key may have this part of the places in memory: the log is held only while so many keys have something that waits. */
const SHARES = 10;
/** A small limit is not divided. */
const LEAST_SHARE = 10;

export class OrderedLanes<T> {
  readonly #lanes = new Map<string, Lane<T>>();
  #waiting = 0;

  /** Deliveries of one lane that may wait in memory: one with much that waits leaves room for the others. */
  readonly #share: number;

  /** @param limit deliveries that may wait in memory */
  constructor(readonly limit: number) {
    this.#share = Math.max(LEAST_SHARE, Math.ceil(limit / SHARES));
  }

  /** Deliveries that wait in memory. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Says what becomes of a delivery that comes to the end of its lane. One that a record owns never waits in memory: its turn would not outlive
   * the process, and what came after it would overtake it then.
   */
  enter(key: string, item: T, { origin, turn }: Arrival): Place {
    const lane = this.#lanes.get(key);
    if (!lane) {
      this.#lanes.set(key, { waiting: new Fifo(), stored: 0, isBlocked: false, vacantUntil: undefined });
      return 'go';
    }
    if (lane.vacantUntil !== undefined && origin === 'log' && turn < lane.vacantUntil) {
      lane.vacantUntil = undefined;
      return 'go';
    }
    if (!lane.isBlocked && origin === 'log' && this.#waiting < this.limit && lane.waiting.size < this.#share) {
      lane.waiting.push(item);
      this.#waiting++;
      return 'wait';
    }
    lane.isBlocked = true;
    lane.stored++;
    return 'spill';
  }

  /** The first of the lane will be tried again. @returns what waited in memory, to be put into the store */
  block(key: string): T[] {
    const lane = this.#lanes.get(key);
    if (!lane) return [];
    const waiting = lane.waiting.takeAll();
    this.#waiting -= waiting.length;
    lane.isBlocked = true;
    lane.stored += waiting.length;
    return waiting;
  }

  /** Takes up a lane as it is found in the store. */
  restore(key: string, { stored, first, hasFirst }: RestoredLane): void {
    const vacantUntil = hasFirst ? undefined : first;
    this.#lanes.set(key, { waiting: new Fifo(), stored: hasFirst ? stored - 1 : stored, isBlocked: true, vacantUntil });
  }

  /** The log holds nothing any more that comes before. @returns whether the first is now to be taken out of the store */
  begin(key: string): boolean {
    const lane = this.#lanes.get(key);
    if (lane?.vacantUntil === undefined) return false;
    lane.vacantUntil = undefined;
    return this.leave(key) === 'store';
  }

  /** The first of the lane is done. @returns what comes next: an item in memory, or the first of its lane in the `store` */
  leave(key: string): { readonly item: T } | 'store' | undefined {
    const lane = this.#lanes.get(key);
    // A vacant lane has no first that could be done.
    if (!lane || lane.vacantUntil !== undefined) return undefined;
    const item = lane.waiting.shift();
    if (item !== undefined) {
      this.#waiting--;
      return { item };
    }
    if (lane.stored > 0) return 'store';
    this.#lanes.delete(key);
    return undefined;
  }

  /** How many wait in the store. */
  storedIn(key: string): number {
    return this.#lanes.get(key)?.stored ?? 0;
  }

  /** The first of those in the store is no longer among them: it has the lane, or is gone. */
  taken(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane || lane.stored === 0) return;
    lane.stored--;
    lane.isBlocked = lane.stored > 0;
  }

  /** Nothing has the lane: the log has not been read up to the first in the store, and may hold what comes before `first`. */
  vacate(key: string, first: string): void {
    const lane = this.#lanes.get(key);
    if (lane) lane.vacantUntil = first;
  }

  /** The store has nothing of this lane, although something was counted. */
  emptied(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane) return;
    lane.stored = 0;
    lane.isBlocked = false;
  }
}
