/** Holds publishers back while too much waits: for the disk, or for a durable subscription. */
import { EventBacklogFullError } from '../../events.errors.js';
import type { UnitOfWork } from '../../unit/unit-of-work.js';
import type { BacklogWatch } from '../backlog/backlog-watch.js';
import type { DurableOptions } from '../durable.options.js';
import type { DurableSubscription } from '../subscribers/durable-subscription.js';
import type { KnownSubscriptions } from '../subscribers/known-subscriptions.js';
import type { MissingSubscriptions } from '../subscribers/missing-subscriptions.js';

export interface GatedEvent {
  readonly source: string;
  readonly name: string;
  readonly subscriptions: readonly DurableSubscription[];
}

/** Too much is on its way to the disk, for all subscriptions together. */
const ON_THEIR_WAY = 'on their way to the disk';

export class PublishGate {
  readonly #watch: BacklogWatch;
  #unstored = 0;

  constructor(
    known: KnownSubscriptions,
    private readonly missing: MissingSubscriptions,
    private readonly options: DurableOptions,
  ) {
    this.#watch = known.watch;
  }

  /** Resolves when the event may be stored; `undefined` when it may be at once. @throws EventBacklogFullError */
  enter(event: GatedEvent): Promise<void> | undefined {
    if (this.#obstacle(event) !== undefined) return this.#wait(event);
    this.#reserve(event);
    return undefined;
  }

  /** For each event that `enter` let in: it is stored, and counts in the backlog, or it never will be. */
  leave({ subscriptions }: GatedEvent): void {
    this.#unstored--;
    for (const { backlog } of subscriptions) backlog.unreserve();
    this.#watch.becameLess();
  }

  /**
   * Lets an event into a unit of work, or refuses it at once: if it waited, its unit would hold what others need to make room, such as its place as
   * a handler and its locks. A tenth more than the limit is let in, so that handlers that publish for each other in a circle can go on.
   *
   * @throws EventBacklogFullError
   */
  admit({ source, name, subscriptions }: GatedEvent, unit: UnitOfWork): void {
    const limit = this.options.backlogLimit + Math.ceil(this.options.backlogLimit / 10);
    const full = subscriptions.find((each) => this.#isFull(each, limit));
    if (full) throw new EventBacklogFullError(source, name, full.name, limit);
    for (const { backlog } of subscriptions) backlog.reserve();
    unit.onEnded(() => {
      for (const { backlog } of subscriptions) backlog.unreserve();
    });
  }

  async #wait(event: GatedEvent): Promise<void> {
    for (let obstacle = this.#obstacle(event); obstacle !== undefined; obstacle = this.#obstacle(event)) {
      const isHopeless = typeof obstacle !== 'string' && obstacle.session === undefined;
      if (this.options.whenFull === 'fail' || isHopeless) {
        const [name, limit] =
          typeof obstacle === 'string'
            ? [undefined, this.options.unstoredLimit]
            : [obstacle.name, this.options.backlogLimit];
        throw new EventBacklogFullError(event.source, event.name, name, limit);
      }
      await this.#watch.untilLess();
    }
    this.#reserve(event);
  }

  #reserve({ subscriptions }: GatedEvent): void {
    this.#unstored++;
    for (const { backlog } of subscriptions) backlog.reserve();
  }

  #obstacle({ subscriptions }: GatedEvent): DurableSubscription | typeof ON_THEIR_WAY | undefined {
    if (this.#unstored >= this.options.unstoredLimit) return ON_THEIR_WAY;
    for (const subscription of subscriptions) {
      if (this.#isFull(subscription, this.options.backlogLimit)) return subscription;
    }
    return undefined;
  }

  #isFull(subscription: DurableSubscription, limit: number): boolean {
    const { backlog, isMissing, isStranded } = subscription;
    if (backlog.size + backlog.reserved < limit) return false;
    if (isMissing && !isStranded) this.missing.overflow(subscription);
    return !isMissing;
  }
}
