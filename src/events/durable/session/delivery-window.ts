/** The deliveries of one session that are in memory, and the places for more. Those that wait for their key have places of their own. */
import type { DurableDelivery } from '../records/durable-delivery.js';
import type { OrderedLanes } from './ordered-lanes.js';

export class DeliveryWindow {
  readonly #held = new Set<string>();
  /** Places for deliveries that overtake. */
  readonly #reserve: number;
  #released: Set<string> | undefined;

  constructor(
    readonly size: number,
    private readonly lanes: OrderedLanes<DurableDelivery>,
  ) {
    this.#reserve = Math.max(1, Math.floor(size / 10));
  }

  get held(): number {
    return this.#held.size;
  }

  /** How many more deliveries may come to memory. */
  get room(): number {
    return this.size - this.#held.size + this.lanes.waiting;
  }

  /** The same for deliveries that overtake. */
  get urgentRoom(): number {
    return this.room + this.#reserve;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** @returns false if the delivery is in memory already */
  hold(id: string): boolean {
    if (this.#held.has(id)) return false;
    this.#held.add(id);
    return true;
  }

  release(id: string): void {
    this.#held.delete(id);
    this.#released?.add(id);
  }

  /** Ids that are released from now on, until the next call. */
  collectReleased(): ReadonlySet<string> {
    this.#released = new Set();
    return this.#released;
  }

  stopCollecting(): void {
    this.#released = undefined;
  }
}
