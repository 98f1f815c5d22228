/**
 * A durable subscription while its plugin runs: takes what is published, what the log still has and what is due, keeps the order of keys and
 * the limits of the handler, and calls it. Ends with the plugin; what is in memory then is in the store as well.
 */
import { AsyncResource } from 'node:async_hooks';
import { messageOf, type Clock } from '../../common/index.js';
import type { LogEntry, Store, StoredCursor, StoreOperation } from '../../storage/index.js';
import type { Handler } from '../delivery/handler.js';
import type { PublishedEvent } from '../dispatch/published-event.js';
import { PoisonEventError } from '../events.errors.js';
import type { Acknowledgements } from './acknowledgements.js';
import { DELIVERIES, deleteRow, errorChain, putDead, putRow, rowOf, type DeadRow, type DeliveryRow } from './delivery-row.js';
import { DurableAttempt, type AttemptPorts } from './durable-attempt.js';
import { rowFor, type DeliveryFate, type DurableDelivery } from './durable-delivery.js';
import type { DueTimer } from './due-timer.js';
import { keyedRows } from './keyed-rows.js';
import { OrderedLanes } from './ordered-lanes.js';
import { ParcelQueue } from './parcel-queue.js';
import { hydrated, openedEvent, type StoredEvent } from './stored-event.js';
import { SubscriptionFeed } from './subscription-feed.js';
import type { Suspects } from './suspects.js';

/** A delivery during which the process ended so often is not tried again. */
const POISON_BOOTS = 3;

export interface SessionPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly acknowledgements: Acknowledgements;
  readonly suspects: Suspects;
  readonly due: DueTimer;
  readonly window: number;
  readonly tail: () => number;
  /** What stands in the log up to here may have been running when the process ended. */
  readonly orphansThrough: number;
  /** A delivery is over for good. */
  readonly done: () => void;
  readonly died: (row: DeadRow, handler: Handler) => void;
}

export class SubscriptionSession {
  readonly #resource = new AsyncResource('PanottiSubscription');
  readonly #held = new Set<string>();
  readonly #parking = new Map<string, Promise<void>>();
  readonly #queue: ParcelQueue;
  readonly #lanes = new OrderedLanes<DurableDelivery>();
  readonly #feed: SubscriptionFeed;
  readonly #attemptPorts: AttemptPorts;
  readonly #wake = (): void => void this.#takeDue();
  #running = 0;
  #isFilling = false;
  #isClosed = false;
  #isLookingForDue = false;
  #hasMoreDue = false;

  constructor(
    readonly name: string,
    readonly handler: Handler,
    private readonly ports: SessionPorts,
  ) {
    const { store, clock, tail, acknowledgements } = ports;
    this.#queue = new ParcelQueue(handler.details.policy.batch, clock, () => this.#fill());
    this.#feed = new SubscriptionFeed({
      store,
      tail,
      event: handler.details.pattern,
      hasRoom: () => this.#held.size < ports.window,
      take: (entry) => this.#takeEntry(entry),
      pass: (position) => acknowledgements.add({ op: 'acknowledge', subscription: name, position }),
      failed: (error) => this.#complain('could not read the log', error),
    });
    const ended: AttemptPorts['ended'] = (deliveries, fate, due) => this.#ended(deliveries, fate, due);
    const died = (row: DeadRow): void => ports.died(row, handler);
    this.#attemptPorts = { ...ports, subscription: name, ended, died, parkBehind: (delivery) => this.#parkBehind(delivery) };
  }

  /** Takes up what waits. */
  async open(cursor: StoredCursor): Promise<void> {
    if (this.handler.details.policy.key) await this.#restoreLanes();
    if (this.#isClosed) return;
    this.#feed.open(cursor);
    await this.#takeDue();
  }

  /** Starts nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#feed.close();
    this.#queue.close();
    this.ports.due.disarm(this.#wake);
  }

  /** An event was published. */
  offer(event: PublishedEvent, stored: StoredEvent, position: number, priority: DurableDelivery['priority']): void {
    if (this.#feed.offer(position)) this.#take({ event, stored, position, priority, isOrphan: false, row: undefined, key: undefined });
    else this.#feed.pump();
  }

  /** A record of this subscription is there to be handled at `due`. */
  expect(due: number): void {
    if (!this.#isClosed) this.ports.due.arm(this.#wake, due);
  }

  #takeEntry(entry: LogEntry): void {
    const { event, priority, isDelayed } = openedEvent(entry);
    // It came, or will come, by its record.
    if (isDelayed) this.ports.acknowledgements.add({ op: 'acknowledge', subscription: this.name, position: entry.position });
    else this.#takeStored({ event, stored: entry, position: entry.position, priority, row: undefined });
  }

  #takeRow(row: DeliveryRow): void {
    const { event, priority } = openedEvent(row.event);
    this.#takeStored({ event, stored: row.event, position: row.position, priority, row });
  }

  #takeStored(found: Omit<DurableDelivery, 'key' | 'isOrphan'>): void {
    const { id, name, time, body } = found.stored;
    const isOrphan = found.row === undefined && found.position <= this.ports.orphansThrough;
    const delivery = { ...found, stored: { id, name, time, body }, isOrphan, key: found.row?.key };
    const starts = found.row?.starts ?? 0;
    // The constructor of an event class may have parameters; class-transformer calls it without.
    const eventClass = this.handler.details.durable?.eventClass as Parameters<typeof hydrated>[1];
    try {
      if (starts >= POISON_BOOTS) throw new PoisonEventError(this.name, name, id, starts);
      this.#take({ ...delivery, event: hydrated(found.event, eventClass, this.name) });
    } catch (error) {
      void this.#bury(delivery, error);
    }
  }

  #take(delivery: DurableDelivery): void {
    const { id } = delivery.event;
    if (this.#isClosed || this.#held.has(id)) return;
    this.#held.add(id);
    const { key: keyOf } = this.handler.details.policy;
    if (keyOf && delivery.key === undefined) {
      try {
        // The payload is an instance of the class that `key` was declared for.
        delivery.key = String(keyOf(delivery.event.payload as never));
      } catch (error) {
        void this.#bury(delivery, error);
        return;
      }
      const place = this.#lanes.enter(delivery.key, delivery, id);
      if (place === 'park') this.#parking.set(id, this.#park(delivery));
      if (place !== 'go') return;
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
      this.#held.delete(delivery.event.id);
      if (fate === 'done') this.#isDone(delivery);
    }
    if (due !== undefined) this.expect(due);
    this.#goOn();
  }

  #isDone({ key }: DurableDelivery): void {
    this.ports.done();
    if (key !== undefined) this.#leaveLane(key);
  }

  #goOn(): void {
    if (this.#isClosed) return;
    this.#fill();
    this.#feed.pump();
    if (this.#hasMoreDue) void this.#takeDue();
  }

  /** Takes the records whose time has come, as far as there is room, and has itself woken for the next one. */
  async #takeDue(): Promise<void> {
    if (this.#isLookingForDue || this.#isClosed) return;
    this.#isLookingForDue = true;
    this.#hasMoreDue = false;
    try {
      const limit = Math.min(this.#held.size + this.ports.window + 1, 1_000);
      const query = { table: DELIVERIES, scope: this.name, before: Number.MAX_SAFE_INTEGER, limit };
      const { records } = await this.ports.store.scanDue(query);
      const nowMs = this.ports.clock.now();
      for (const record of records) {
        if (this.#isClosed) return;
        if (this.#held.has(record.key) || record.due === undefined) continue;
        if (record.due > nowMs) {
          this.expect(record.due);
          break;
        }
        this.#hasMoreDue = this.#held.size >= this.ports.window;
        if (this.#hasMoreDue) break;
        this.#takeRow(rowOf(record));
      }
      if (records.length === limit) this.#hasMoreDue = true;
    } catch (error) {
      this.#complain('could not look for what is due', error);
    } finally {
      this.#isLookingForDue = false;
    }
  }

  /** After a start: the oldest record of each key goes first, and holds the others up. */
  async #restoreLanes(): Promise<void> {
    for (const [key, rows] of await keyedRows(this.ports.store, this.name)) {
      const ids = rows.map(({ id }) => id);
      this.#lanes.restore(key, ids);
      const [first] = rows;
      if (first?.isParked) void this.#takeParked(key, first.id);
    }
  }

  #leaveLane(key: string): void {
    if (this.#isClosed) return;
    const { item, id } = this.#lanes.leave(key);
    if (item) this.#enqueue(item);
    if (id !== undefined) void this.#takeParked(key, id);
  }

  async #takeParked(key: string, id: string): Promise<void> {
    try {
      await this.#parking.get(id);
      const record = await this.ports.store.get(DELIVERIES, this.name, id);
      if (record) this.#takeRow(rowOf(record));
      else this.#leaveLane(key);
    } catch (error) {
      // A record that is damaged is known to the store, and holds its key up no longer.
      this.#complain('skipped a record', error);
      this.#leaveLane(key);
    }
  }

  /** Its key is held up by a delivery in the store: it waits there as well. */
  async #park(delivery: DurableDelivery): Promise<void> {
    try {
      await this.ports.acknowledgements.commit(this.#parked(delivery));
    } catch (error) {
      this.#complain('could not put a delivery behind its key', error);
    } finally {
      this.#parking.delete(delivery.event.id);
      this.#held.delete(delivery.event.id);
      this.#goOn();
    }
  }

  #parked(delivery: DurableDelivery): StoreOperation[] {
    const { row, position } = delivery;
    const owned: StoreOperation[] = row ? [] : [{ op: 'acknowledge', subscription: this.name, position }];
    return [putRow(this.name, rowFor(delivery, {}), undefined), ...owned];
  }

  #parkBehind({ key }: DurableDelivery): StoreOperation[] {
    if (key === undefined) return [];
    const behind = this.#lanes.block(key, ({ event }) => event.id);
    for (const { event } of behind) this.#held.delete(event.id);
    return behind.flatMap((delivery) => this.#parked(delivery));
  }

  /** It cannot be handed to the handler at all. */
  async #bury(delivery: DurableDelivery, error: unknown): Promise<void> {
    const { id } = delivery.event;
    this.#held.add(id);
    const row = { ...rowFor(delivery, { errors: errorChain(error) }), diedAt: this.ports.clock.now() };
    const end: StoreOperation = delivery.row
      ? deleteRow(this.name, id)
      : { op: 'acknowledge', subscription: this.name, position: delivery.position };
    try {
      await this.ports.acknowledgements.commit([putDead(this.name, row), end]);
    } catch (problem) {
      this.#complain('could not write a dead letter', problem);
      return;
    }
    this.#held.delete(id);
    this.#isDone(delivery);
    this.ports.died(row, this.handler);
    this.#goOn();
  }

  #complain(what: string, error: unknown): void {
    if (this.#isClosed) return;
    this.handler.logger.error(`The durable subscription "${this.name}" ${what}: ${messageOf(error)}`);
  }
}
