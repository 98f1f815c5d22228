/** Keeps deliveries of the same key in their order, over retries: what waits behind a delivery that failed waits in the store. */

interface Lane<T> {
  /** In memory, behind one that runs for the first time. */
  waiting: T[];
  /** Ids of deliveries in the store. */
  readonly parked: string[];
  /** The first of the lane waits for its next attempt, or others wait in the store. */
  isBlocked: boolean;
}

export type Place = 'go' | 'wait' | 'park';

export class OrderedLanes<T> {
  readonly #lanes = new Map<string, Lane<T>>();

  /** What becomes of a delivery that comes to the end of its lane. */
  enter(key: string, item: T, id: string): Place {
    const lane = this.#lanes.get(key);
    if (!lane) {
      this.#lanes.set(key, { waiting: [], parked: [], isBlocked: false });
      return 'go';
    }
    if (lane.isBlocked) {
      lane.parked.push(id);
      return 'park';
    }
    lane.waiting.push(item);
    return 'wait';
  }

  /** The first of the lane is to be tried again. @returns what waited in memory, to be put into the store */
  block(key: string, idOf: (item: T) => string): T[] {
    const lane = this.#lanes.get(key);
    if (!lane) return [];
    const { waiting } = lane;
    lane.isBlocked = true;
    lane.waiting = [];
    lane.parked.push(...waiting.map(idOf));
    return waiting;
  }

  /** As it is found in the store: the first of these has the lane, the others wait behind it. */
  restore(key: string, [, ...others]: readonly string[]): void {
    this.#lanes.set(key, { waiting: [], parked: [...others], isBlocked: true });
  }

  /** Whether a lane is there whose first delivery is in the store. */
  isBlocked(key: string): boolean {
    return this.#lanes.get(key)?.isBlocked ?? false;
  }

  /** The first of the lane is done. @returns what comes next: in memory, or by its id in the store */
  leave(key: string): { readonly item?: T; readonly id?: string } {
    const lane = this.#lanes.get(key);
    const id = lane?.parked.shift();
    if (id !== undefined) return { id };
    if (lane) lane.isBlocked = false;
    const item = lane?.waiting.shift();
    if (item !== undefined) return { item };
    this.#lanes.delete(key);
    return {};
  }

  clear(): void {
    this.#lanes.clear();
  }
}
