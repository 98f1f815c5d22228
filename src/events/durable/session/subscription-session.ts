/**
 * A durable subscription while its plugin runs: joins what is published, what the log still has and what is due, within the limits of the
 * handler, and calls it. Ends with the plugin; what is in memory then is in the store as well.
 */
import { AsyncResource } from 'node:async_hooks';
import { messageOf } from '../../../common/index.js';
import type { LogEntry, Receipt, StoredCursor } from '../../../storage/index.js';
import type { Handler } from '../../handlers/handler.js';
import type { PublishedEvent } from '../../event/published-event.js';
import { keyOf, keyOfRow } from './delivery-key.js';
import { DeliveryOpener, type OpenedDelivery } from './delivery-opener.js';
import { errorChain, type DeliveryRow } from '../records/delivery-row.js';
import { DueRows } from './due-rows.js';
import { DurableAttempt, type AttemptPorts } from './durable-attempt.js';
import { finish, rowFor, type DeliveryFate, type DurableDelivery } from '../records/durable-delivery.js';
import { KeyOrder } from './key-order.js';
import { ParcelQueue } from './parcel-queue.js';
import type { LeftDelivery } from '../records/parked-deliveries.js';
import { openedEvent, type StoredEvent } from '../records/stored-event.js';
import { UnknownVersions } from './unknown-versions.js';
import { SubscriptionFeed } from './subscription-feed.js';
import type { SessionPorts } from './session-ports.js';
import { placeRows } from './unplaced-rows.js';

export class SubscriptionSession {
  readonly #resource = new AsyncResource('PanottiSubscription');
  /** Ids of what is in memory. */
  readonly #held = new Set<string>();
  readonly #queue: ParcelQueue;
  readonly #order: KeyOrder;
  readonly #feed: SubscriptionFeed;
  readonly #rows: DueRows;
  readonly #unknown: UnknownVersions;
  readonly #attemptPorts: AttemptPorts;
  /** Places that only what overtakes may have. */
  readonly #reserve: number;
  readonly #keysRestored = Promise.withResolvers<void>();
  #running = 0;
  #isFilling = false;
  #isClosed = false;

  readonly #opener: DeliveryOpener;

  constructor(
    readonly name: string,
    readonly handler: Handler,
    private readonly ports: SessionPorts,
  ) {
    this.#opener = new DeliveryOpener(name, handler, ports.orphansThrough);
    const { store, clock, dues, tail, acknowledgements, window, hasOvertaken, due, office } = ports;
    this.#reserve = Math.max(1, Math.floor(window / 10));
    this.#queue = new ParcelQueue(handler.details.policy.batch, clock, () => this.#fill());
    this.#feed = new SubscriptionFeed({
      store,
      tail,
      hasOvertaken,
      event: handler.details.pattern,
      room: () => (this.#rows.hasUrgent ? 0 : Math.min(this.#room(), this.#order.roomForLog)),
      take: (entry) => this.#takeEntry(entry),
      pass: (position) => this.#pass(position),
      read: (through) => this.#order.read(through),
      caughtUp: ports.caughtUp,
      failed: (error) => this.#complain('could not read the log', error),
    });
    this.#order = new KeyOrder({
      subscription: name,
      store,
      dues,
      acknowledgements,
      faults: ports.faults,
      limit: window,
      room: () => this.#room(),
      proceed: (delivery) => this.#proceed(delivery),
      take: (row) => this.#takeRow(row),
      expect: (dueMs) => this.expect(dueMs),
      forget: (deliveries) => this.#forget(deliveries),
      readOn: () => this.#feed.pump(),
      failed: (what, error) => this.#complain(what, error),
    });
    this.#rows = new DueRows({
      subscription: name,
      store,
      dues,
      due,
      window,
      room: (kind) => this.#room() + (kind === 'urgent' ? this.#reserve : 0),
      held: this.#held,
      take: (row) => this.#takeRow(row),
      failed: (error) => this.#complain('could not look for what is due', error),
    });
    this.#unknown = new UnknownVersions({
      ...ports,
      subscription: name,
      version: this.#opener.version,
      block: (key) => this.#order.block(key),
      forget: (delivery) => this.#forget([delivery]),
      expect: (dueMs) => this.expect(dueMs),
      left: (left) => void this.left(left),
      failed: (what, error) => this.#complain(what, error),
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
    if (this.handler.details.policy.key)
      await placeRows(this.ports.store, this.name, (row) => keyOfRow(this.handler, this.#opener, row));
    // Also without a key: the plugin may have had one.
    await this.#order.restore(cursor.position);
    this.#keysRestored.resolve();
    if (this.#isClosed) return;
    this.#feed.open(cursor);
    await Promise.all([this.#rows.open(), this.#unknown.release()]);
  }

  /** Resolves when it is known which keys are held up. */
  get keysKnown(): Promise<void> {
    return this.#keysRestored.promise;
  }

  /** A parked delivery has left for good. */
  async left({ key }: LeftDelivery): Promise<void> {
    await this.keysKnown;
    this.#isDone(key);
    this.#goOn();
  }

  /** Starts nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#feed.close();
    this.#queue.close();
    this.#order.close();
    this.#rows.close();
    this.#unknown.close();
    this.#keysRestored.resolve();
  }

  /** An event was published. @returns whether it was taken; otherwise it will be read from the log */
  offer(event: PublishedEvent, stored: StoredEvent, position: number, priority: DurableDelivery['priority']): boolean {
    if (!this.#feed.offer(position)) {
      this.#feed.pump();
      return false;
    }
    this.#take(this.#opener.published({ event, stored, position, priority }));
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
    else this.#take(this.#opener.stored({ event, stored: entry, position: entry.position, priority, row: undefined }));
  }

  #takeRow(row: DeliveryRow): void {
    const { event, priority } = openedEvent(row.event);
    this.#take(this.#opener.stored({ event, stored: row.event, position: 0, priority, row }));
  }

  #take({ delivery, problem }: OpenedDelivery): void {
    const { id } = delivery.event;
    if (this.#isClosed || this.#held.has(id)) return;
    this.#held.add(id);
    try {
      if (problem !== undefined) throw problem;
      const key = delivery.key === undefined ? keyOf(this.handler, delivery) : undefined;
      if (key !== undefined && !this.#order.enter(delivery, key)) return;
    } catch (error) {
      void this.ports.acknowledgements.track(this.#bury(delivery, error));
      return;
    }
    this.#proceed(delivery);
  }

  #proceed(delivery: DurableDelivery): void {
    if (delivery.unknown) void this.#unknown.park(delivery, delivery.unknown);
    else this.#enqueue(delivery);
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
      if (fate === 'done') this.#isDone(delivery.key);
    }
    if (due !== undefined) this.expect(due);
    this.#goOn();
  }

  #isDone(key: string | undefined): void {
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
    this.#isDone(delivery.key);
    burial.done(receipt);
    this.ports.office.log(this.name, this.handler.plugin, row);
    this.#goOn();
  }

  #complain(what: string, error: unknown): void {
    if (this.#isClosed) return;
    this.handler.logger.error(`The durable subscription "${this.name}" ${what}: ${messageOf(error)}`);
  }
}
