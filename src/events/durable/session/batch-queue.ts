/** Deliveries that are ready for their handler, in the order of importance, put together as it takes them: alone, or in batches. */
import type { Clock, ClockTimer } from '../../../common/index.js';
import { EVENT_PRIORITIES, type EventPriority } from '../../contracts/event-contract.metadata.js';
import type { BatchOptions } from '../../contracts/subscription.js';
import { Fifo } from '../../handlers/fifo.js';
import { isCrashCandidate, isTriedAlone, type DurableDelivery } from '../records/durable-delivery.js';

export type DeliveryBatch = readonly [DurableDelivery, ...DurableDelivery[]];

export class BatchQueue {
  readonly #ready = new PriorityQueue();
  /** In no batch, so that no other event is to blame if the process ends. */
  readonly #candidates = new Fifo<DurableDelivery>();
  readonly #alone = new PriorityQueue();
  #timer: ClockTimer | undefined;
  #isDue = false;

  /** @param completed called when a batch has waited long enough */
  constructor(
    private readonly batch: BatchOptions | undefined,
    private readonly clock: Clock,
    private readonly completed: () => void,
  ) {}

  push(delivery: DurableDelivery): void {
    if (isCrashCandidate(delivery)) this.#candidates.push(delivery);
    else if (this.batch && isTriedAlone(delivery)) this.#alone.push(delivery);
    else this.#ready.push(delivery);
  }

  next(): DeliveryBatch | undefined {
    const single = this.#candidates.shift() ?? this.#alone.shift();
    if (single) return [single];
    if (this.#isGathering(this.batch)) return undefined;
    const first = this.#ready.shift();
    if (!first) return undefined;
    const batch: [DurableDelivery, ...DurableDelivery[]] = [first];
    while (this.batch && batch.length < this.batch.size) {
      const next = this.#ready.shift();
      if (!next) break;
      batch.push(next);
    }
    this.close();
    return batch;
  }

  /** Completes no batch by itself any more. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isDue = false;
  }

  #isGathering(batch: BatchOptions | undefined): boolean {
    if (!batch || this.#ready.size >= batch.size || this.#isDue) return false;
    if (this.#ready.size > 0) this.#timer ??= this.clock.after(batch.waitMs, () => this.#complete());
    return true;
  }

  #complete(): void {
    this.#timer = undefined;
    this.#isDue = this.#ready.size > 0;
    this.completed();
  }
}

/** The more important first, and in the order of arrival among equals. */
class PriorityQueue {
  readonly #queues = new Map<EventPriority, Fifo<DurableDelivery>>(
    EVENT_PRIORITIES.toReversed().map((priority) => [priority, new Fifo()]),
  );
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(delivery: DurableDelivery): void {
    this.#queues.get(delivery.priority)?.push(delivery);
    this.#size++;
  }

  shift(): DurableDelivery | undefined {
    if (this.#size === 0) return undefined;
    this.#size--;
    for (const queue of this.#queues.values()) if (queue.size > 0) return queue.shift();
    return undefined;
  }
}
