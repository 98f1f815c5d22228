/**
 * A durable subscription while its plugin runs: joins what is published, what the log still has and what is due, within the limits of the
 * handler, and calls it. Ends with the plugin; what is in memory then is in the store as well.
 */
import { AsyncResource } from 'node:async_hooks';
import { messageOf, type Clock } from '../../common/index.js';
import type { FaultPoints, LogEntry, Receipt, Store, StoredCursor } from '../../storage/index.js';
import type { Handler } from '../delivery/handler.js';
import type { PublishedEvent } from '../dispatch/published-event.js';
import { EventUnreadableError, PoisonEventError } from '../events.errors.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { DeadLetterOffice } from './dead-letter-office.js';
import { errorChain, type DeliveryRow } from './delivery-row.js';
import { DueRows } from './due-rows.js';
import type { DueTimer } from './due-timer.js';
import { DurableAttempt, type AttemptPorts } from './durable-attempt.js';
import { finish, rowFor, type DeliveryFate, type DurableDelivery } from './durable-delivery.js';
import { KeyOrder } from './key-order.js';
import { ParcelQueue } from './parcel-queue.js';
import { hydrated, openedEvent, type StoredEvent } from './stored-event.js';
import { SubscriptionFeed } from './subscription-feed.js';
import type { Suspects } from './suspects.js';
import { placeRows } from './unplaced-rows.js';

/** A delivery during which the process ended so often is not tried again. */
const POISON_BOOTS = 3;

export interface SessionPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly acknowledgements: Acknowledgements;
  readonly suspects: Suspects;
  readonly office: DeadLetterOffice;
  readonly faults: FaultPoints;
  readonly due: DueTimer;
  readonly window: number;
  readonly tail: () => number;
  /** What stands in the log up to here may have been running when the process ended. */
  readonly orphansThrough: number;
  /** Whether the event at this position has overtaken the others, and so is a record. */
  readonly hasOvertaken: (position: number) => boolean;
  /** Nothing waits in the log any more. */
  readonly caughtUp: () => void;
  /** A delivery is over for good. */
  readonly done: () => void;
  /** A position of the log is no affair of the subscription. */
  readonly passed: (position: number) => void;
}

export class SubscriptionSession {
  readonly #resource = new AsyncResource('PanottiSubscription');
  /** Ids of what is in memory. */
  readonly #held = new Set<string>();
  readonly #queue: ParcelQueue;
  readonly #order: KeyOrder;
  readonly #feed: SubscriptionFeed;
  readonly #rows: DueRows;
  readonly #attemptPorts: AttemptPorts;
  /** Places that only what overtakes may have. */
  readonly #reserve: number;
  #running = 0;
  #isFilling = false;
  #isClosed = false;

  constructor(
    readonly name: string,
    readonly handler: Handler,
    private readonly ports: SessionPorts,
  ) {
    const { store, clock, tail, acknowledgements, window, hasOvertaken, due, office } = ports;
    this.#reserve = Math.max(1, Math.floor(window / 10));
    this.#queue = new ParcelQueue(handler.details.policy.batch, clock, () => this.#fill());
    this.#feed = new SubscriptionFeed({
      store,
      tail,
      hasOvertaken,
      event: handler.details.pattern,
      room: () => (this.#rows.hasUrgent ? 0 : this.#room()),
      take: (entry) => this.#takeEntry(entry),
      pass: (position) => this.#pass(position),
      read: (through) => this.#order.read(through),
      caughtUp: ports.caughtUp,
      failed: (error) => this.#complain('could not read the log', error),
    });
    this.#order = new KeyOrder({
      subscription: name,
      store,
      clock,
      acknowledgements,
      faults: ports.faults,
      limit: window,
      room: () => this.#room(),
      proceed: (delivery) => this.#enqueue(delivery),
      take: (row) => this.#takeRow(row),
      expect: (dueMs) => this.expect(dueMs),
      forget: (deliveries) => this.#forget(deliveries),
      failed: (what, error) => this.#complain(what, error),
    });
    this.#rows = new DueRows({
      subscription: name,
      store,
      clock,
      due,
      window,
      room: (kind) => this.#room() + (kind === 'urgent' ? this.#reserve : 0),
      held: this.#held,
      take: (row) => this.#takeRow(row),
      failed: (error) => this.#complain('could not look for what is due', error),
    });
    this.#attemptPorts = {
      ...ports,
      subscription: name,
      ended: (deliveries, fate, dueMs) => this.#ended(deliveries, fate, dueMs),
      bury: (rows) => office.bury(name, handler.plugin, rows),
      parkBehind: ({ key }) => (key === undefined ? [] : this.#order.block(key)),
    };
  }

  /** Takes up what waits. */
  async open(cursor: StoredCursor): Promise<void> {
    if (this.handler.details.policy.key) await placeRows(this.ports.store, this.name, (row) => this.#keyOf(row));
    // Also without a key: the plugin may have had one.
    await this.#order.restore(cursor.position);
    if (this.#isClosed) return;
    this.#feed.open(cursor);
    await this.#rows.open();
  }

  /** Starts nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#feed.close();
    this.#queue.close();
    this.#order.close();
    this.#rows.close();
  }

  /** An event was published. @returns whether it was taken; otherwise it will be read from the log */
  offer(event: PublishedEvent, stored: StoredEvent, position: number, priority: DurableDelivery['priority']): boolean {
    if (!this.#feed.offer(position)) {
      this.#feed.pump();
      return false;
    }
    this.#take({ event, stored, position, priority, isOrphan: false, row: undefined, key: undefined, turn: undefined });
    return true;
  }

  /** A record of this subscription is there to be handled at `due`. */
  expect(due: number): void {
    this.#rows.expect(due);
  }

  /** How many more events may be handled or wait for their turn. What waits for its key has places of its own. */
  #room(): number {
    return this.ports.window - this.#held.size + this.#order.waiting;
  }

  #takeEntry(entry: LogEntry): void {
    const { event, priority, isDelayed } = openedEvent(entry);
    // It came, or will come, by its record.
    if (isDelayed) this.#pass(entry.position);
    else this.#takeStored({ event, stored: entry, position: entry.position, priority, row: undefined });
  }

  #takeRow(row: DeliveryRow): void {
    const { event, priority } = openedEvent(row.event);
    this.#takeStored({ event, stored: row.event, position: 0, priority, row });
  }

  #takeStored(found: Omit<DurableDelivery, 'key' | 'turn' | 'isOrphan'>): void {
    const { id, name, time, body } = found.stored;
    const { key, turn, starts = 0 } = found.row ?? {};
    const isOrphan = found.row === undefined && found.position <= this.ports.orphansThrough;
    const delivery = { ...found, stored: { id, name, time, body }, isOrphan, key, turn };
    try {
      const { pattern } = this.handler.details;
      if (name !== pattern) throw new EventUnreadableError(this.name, name, `the subscription takes "${pattern}"`);
      if (starts >= POISON_BOOTS) throw new PoisonEventError(this.name, name, id, starts);
      this.#take({ ...delivery, event: this.#hydrated(found.event) });
    } catch (error) {
      void this.ports.acknowledgements.track(this.#bury(delivery, error));
    }
  }

  #take(delivery: DurableDelivery): void {
    const { id } = delivery.event;
    if (this.#isClosed || this.#held.has(id)) return;
    this.#held.add(id);
    const { key: keyOf } = this.handler.details.policy;
    if (keyOf && delivery.key === undefined) {
      let key: string;
      try {
        // The payload is an instance of the class that `key` was declared for.
        key = String(keyOf(delivery.event.payload as never));
      } catch (error) {
        void this.ports.acknowledgements.track(this.#bury(delivery, error));
        return;
      }
      if (!this.#order.enter(delivery, key)) return;
    }
    this.#enqueue(delivery);
  }

  #enqueue(delivery: DurableDelivery): void {
    this.#queue.push(delivery);
    this.#fill();
  }

  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    while (!this.#isClosed && this.#running < this.handler.details.policy.concurrency) {
      const next = this.#queue.next();
      if (!next) break;
      this.#running++;
      // Each begins in a context of its own, and not in that of whoever made room for it.
      this.#resource.runInAsyncScope(() => new DurableAttempt(next, this.handler, this.#attemptPorts).start());
    }
    this.#isFilling = false;
  }

  #ended(deliveries: readonly DurableDelivery[], fate: DeliveryFate, due: number | undefined): void {
    this.#running--;
    for (const delivery of deliveries) {
      this.#release(delivery.event.id);
      if (fate === 'done') this.#isDone(delivery);
    }
    if (due !== undefined) this.expect(due);
    this.#goOn();
  }

  #isDone({ key }: DurableDelivery): void {
    this.ports.done();
    if (key !== undefined) this.#order.leave(key);
  }

  #goOn(): void {
    if (this.#isClosed) return;
    this.#fill();
    this.#rows.goOn();
    this.#order.goOn();
    this.#feed.pump();
  }

  #forget(deliveries: readonly DurableDelivery[]): void {
    for (const { event } of deliveries) this.#release(event.id);
    this.#goOn();
  }

  #release(id: string): void {
    this.#held.delete(id);
    this.#rows.released(id);
  }

  #keyOf({ event }: DeliveryRow): string | undefined {
    const { key } = this.handler.details.policy;
    try {
      // As in `#take`; what fails there as well becomes a dead letter when it is due.
      return key && String(key(this.#hydrated(openedEvent(event).event).payload as never));
    } catch {
      return undefined;
    }
  }

  #hydrated(event: PublishedEvent): PublishedEvent {
    // The constructor of an event class may have parameters; class-transformer calls it without.
    return hydrated(event, this.handler.details.durable?.eventClass as Parameters<typeof hydrated>[1], this.name);
  }

  #pass(position: number): void {
    this.ports.acknowledgements.add({ op: 'acknowledge', subscription: this.name, position });
    this.ports.passed(position);
  }

  /** It cannot be handed to the handler at all. */
  async #bury(delivery: DurableDelivery, error: unknown): Promise<void> {
    const { id } = delivery.event;
    this.#held.add(id);
    const row = { ...rowFor(delivery, { errors: errorChain(error) }), diedAt: this.ports.clock.now() };
    const burial = await this.ports.office.bury(this.name, this.handler.plugin, [row]);
    let receipt: Receipt;
    try {
      receipt = await this.ports.acknowledgements.commit([...burial.operations, ...finish(this.name, delivery)]);
    } catch (problem) {
      burial.undone();
      this.#complain('could not write a dead letter', problem);
      return;
    }
    this.#release(id);
    this.#isDone(delivery);
    burial.done(receipt);
    this.#goOn();
  }

  #complain(what: string, error: unknown): void {
    if (this.#isClosed) return;
    this.handler.logger.error(`The durable subscription "${this.name}" ${what}: ${messageOf(error)}`);
  }
}
