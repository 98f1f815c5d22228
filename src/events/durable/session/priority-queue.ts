/** What is ready to be handled, the more important first, and in the order of arrival among equals. */
import { EVENT_PRIORITIES, type EventPriority } from '../../contracts/event-contract.metadata.js';
import { Fifo } from '../../handlers/fifo.js';

export class PriorityQueue<T> {
  readonly #queues = new Map(EVENT_PRIORITIES.toReversed().map((priority) => [priority, new Fifo<T>()] as const));
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T, priority: EventPriority): void {
    this.#queues.get(priority)?.push(item);
    this.#size++;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    this.#size--;
    for (const queue of this.#queues.values()) if (queue.size > 0) return queue.shift();
    return undefined;
  }
}
