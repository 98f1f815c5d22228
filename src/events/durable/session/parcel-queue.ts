/** What is ready for a durable handler, put together as it wants to be called: alone, or in batches. */
import type { Clock, ClockTimer } from '../../../common/index.js';
import type { BatchOptions } from '../../contracts/subscription.js';
import { Fifo } from '../../handlers/fifo.js';
import { isSuspect, isTriedAlone, type DurableDelivery } from '../records/durable-delivery.js';
import { PriorityQueue } from './priority-queue.js';

export type DurableParcel = readonly [DurableDelivery, ...DurableDelivery[]];

export class ParcelQueue {
  readonly #ready = new PriorityQueue<DurableDelivery>();
  /** In no batch, so that no other event is to blame for what they do. */
  readonly #suspects = new Fifo<DurableDelivery>();
  readonly #alone = new PriorityQueue<DurableDelivery>();
  #timer: ClockTimer | undefined;
  #isDue = false;

  /** @param isComplete called when a batch has waited long enough */
  constructor(
    private readonly batch: BatchOptions | undefined,
    private readonly clock: Clock,
    private readonly isComplete: () => void,
  ) {}

  push(delivery: DurableDelivery): void {
    if (isSuspect(delivery)) this.#suspects.push(delivery);
    else if (this.batch && isTriedAlone(delivery)) this.#alone.push(delivery, delivery.priority);
    else this.#ready.push(delivery, delivery.priority);
  }

  next(): DurableParcel | undefined {
    const single = this.#suspects.shift() ?? this.#alone.shift();
    if (single) return [single];
    if (this.#isGathering(this.batch)) return undefined;
    const first = this.#ready.shift();
    if (!first) return undefined;
    const parcel: [DurableDelivery, ...DurableDelivery[]] = [first];
    while (this.batch && parcel.length < this.batch.size) {
      const next = this.#ready.shift();
      if (!next) break;
      parcel.push(next);
    }
    this.close();
    return parcel;
  }

  /** Nothing completes by itself any more. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isDue = false;
  }

  #isGathering(batch: BatchOptions | undefined): boolean {
    if (!batch || this.#ready.size >= batch.size || this.#isDue) return false;
    if (this.#ready.size > 0) this.#timer ??= this.clock.after(batch.waitMs, () => this.#flush());
    return true;
  }

  #flush(): void {
    this.#timer = undefined;
    this.#isDue = this.#ready.size > 0;
    this.isComplete();
  }
}
