/**
 * A durable subscription while its plugin runs: joins what is published, what the log still has and what is due, within the limits of the
 * handler, and calls it. Ends with the plugin; what is in memory then is in the store as well.
 */
import { AsyncResource } from 'node:async_hooks';
import type { Receipt, StoredCursor } from '../../../storage/index.js';
import type { Handler } from '../../handlers/handler.js';
import { errorChain } from '../records/delivery-row.js';
import { finish, rowFor, type DeliveryFate, type DurableDelivery } from '../records/durable-delivery.js';
import { BatchQueue } from './batch-queue.js';
import type { OpenedDelivery } from './delivery-opener.js';
import { DueRows } from './due-rows.js';
import { DurableAttempt } from './durable-attempt.js';
import { KeyOrder } from './key-order.js';
import {
  SessionContext,
  type DeliveryFlow,
  type ServedSubscription,
  type SessionDependencies,
} from './session-context.js';
import { SubscriptionFeed } from './subscription-feed.js';
import { UnknownVersions } from './unknown-versions.js';
import { placeRows } from './unplaced-rows.js';

export class SubscriptionSession implements DeliveryFlow {
  readonly #resource = new AsyncResource('PanottiSubscription');
  readonly #context: SessionContext;
  readonly #queue: BatchQueue;
  readonly #rows: DueRows;
  readonly #order: KeyOrder;
  readonly #feed: SubscriptionFeed;
  readonly #unknown: UnknownVersions;
  #running = 0;
  #isFilling = false;

  constructor(
    subscription: ServedSubscription,
    readonly handler: Handler,
    shared: SessionDependencies,
  ) {
    const context = new SessionContext(subscription, handler, shared);
    this.#context = context;
    this.#queue = new BatchQueue(handler.details.policy.batch, shared.clock, () => this.#fill());
    this.#rows = new DueRows(context, this);
    this.#order = new KeyOrder(context, this.#rows, this);
    this.#feed = new SubscriptionFeed(context, this.#order, this.#rows, this);
    this.#unknown = new UnknownVersions(context, this.#order, this.#rows, this);
  }

  get name(): string {
    return this.#context.name;
  }

  /** Takes up what waits. */
  async open(cursor: StoredCursor): Promise<void> {
    this.#context.overtakers.readsFrom(cursor.position);
    if (this.handler.details.policy.key) await placeRows(this.#context);
    // Also without a key: the plugin may have had one.
    await this.#order.restore(cursor.position);
    if (this.#context.isClosed) return;
    this.#feed.open(cursor);
    await Promise.all([this.#rows.open(), this.#unknown.release()]);
  }

  /** Resolves when it is known which keys are held up. */
  get keysKnown(): Promise<void> {
    return this.#order.restored;
  }

  /** A delivery that held up `key` has left the store for good. */
  async freed(key: string | undefined): Promise<void> {
    await this.keysKnown;
    if (key !== undefined) this.#order.leave(key);
    this.goOn();
  }

  /** Starts nothing any more. */
  close(): void {
    this.#context.close();
    this.#feed.close();
    this.#queue.close();
    this.#order.close();
    this.#rows.close();
  }

  /** An event was published. @returns whether it was taken; otherwise it is read from the log */
  offer(published: Pick<DurableDelivery, 'event' | 'stored' | 'position' | 'priority'>): boolean {
    if (!this.#feed.offer(published.position)) return false;
    this.take(this.#context.opener.published(published));
    return true;
  }

  /** A record of this subscription is due at that moment of `DueClock`. */
  expect(due: number): void {
    this.#rows.expect(due);
  }

  take({ delivery, problem }: OpenedDelivery): void {
    const { opener, window, shared } = this.#context;
    if (this.#context.isClosed || !window.hold(delivery.event.id)) return;
    try {
      if (problem !== undefined) throw problem;
      const key = delivery.key === undefined ? opener.keyOf(delivery) : undefined;
      if (key !== undefined && !this.#order.enter(delivery, key)) return;
    } catch (error) {
      void shared.acknowledgements.track(this.#deadLetter(delivery, error));
      return;
    }
    this.proceed(delivery);
  }

  proceed(delivery: DurableDelivery): void {
    if (delivery.unknown) {
      void this.#unknown.park(delivery, delivery.unknown);
      return;
    }
    this.#queue.push(delivery);
    this.#fill();
  }

  ended(deliveries: readonly DurableDelivery[], fate: DeliveryFate, due?: number): void {
    this.#running--;
    for (const delivery of deliveries) {
      this.#context.window.release(delivery.event.id);
      this.#settle(delivery, fate);
    }
    if (due !== undefined) this.expect(due);
    this.goOn();
  }

  goOn(): void {
    if (this.#context.isClosed) return;
    this.#fill();
    this.#rows.goOn();
    this.#order.goOn();
    this.#feed.pump();
  }

  #fill(): void {
    if (this.#isFilling) return;
    this.#isFilling = true;
    while (!this.#context.isClosed && this.#running < this.handler.details.policy.concurrency) {
      const next = this.#queue.next();
      if (!next) break;
      this.#running++;
      // Each begins in a context of its own, and not in that of the delivery that made room for it.
      this.#resource.runInAsyncScope(() => new DurableAttempt(next, this.#context, this.#order, this).start());
    }
    this.#isFilling = false;
  }

  #settle({ key }: DurableDelivery, fate: DeliveryFate): void {
    if (fate === 'kept') return;
    if (fate === 'succeeded') this.#context.backlog.succeeded();
    else this.#context.backlog.deadLettered();
    if (key !== undefined) this.#order.leave(key);
  }

  /** The delivery cannot be handed to the handler at all. */
  async #deadLetter(delivery: DurableDelivery, error: unknown): Promise<void> {
    const { name, window, shared } = this.#context;
    const { clock, deadLetters, acknowledgements } = shared;
    const row = { ...rowFor(delivery, { errors: errorChain(error) }), diedAt: clock.now() };
    const owner = { subscription: name, plugin: this.handler.plugin };
    const letters = await deadLetters.prepare(owner, [row]);
    let receipt: Receipt;
    try {
      receipt = await acknowledgements.commit([...letters.operations, ...finish(name, delivery)]);
    } catch (problem) {
      letters.unit.discard();
      this.#context.report('could not write a dead letter', problem);
      return;
    }
    window.release(delivery.event.id);
    this.#settle(delivery, 'dead-lettered');
    letters.unit.committed(receipt);
    deadLetters.log(owner, row);
    this.goOn();
  }
}
