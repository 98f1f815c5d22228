/** Holds publishers back while too much waits: for the disk, or for a durable subscription. */
import { EventBacklogFullError } from '../../events.errors.js';
import type { UnitOfWork } from '../../unit/unit-of-work.js';
import type { DurableSubscription } from '../subscribers/durable-subscription.js';
import type { DurableOptions } from '../durable.options.js';

export interface GatedEvent {
  readonly source: string;
  readonly name: string;
  readonly subscriptions: readonly DurableSubscription[];
}

/** Too much is on its way to the disk, whomever it is for. */
const ON_THEIR_WAY = 'on their way to the disk';

export class PublishGate {
  readonly #waiting: (() => void)[] = [];
  #unstored = 0;
  #isLooking = false;

  /** @param overflow told of a subscription without a handler that is full: it holds nobody up */
  constructor(
    private readonly options: DurableOptions,
    private readonly overflow: (subscription: DurableSubscription) => void,
  ) {}

  /** Resolves when the event may be stored; `undefined` when it may be at once. @throws EventBacklogFullError */
  enter(event: GatedEvent): Promise<void> | undefined {
    if (this.#obstacle(event) !== undefined) return this.#wait(event);
    this.#reserve(event);
    return undefined;
  }

  /** For each event that `enter` let in: it is stored, and counts in the backlog, or it never will be. */
  leave({ subscriptions }: GatedEvent): void {
    this.#unstored--;
    for (const subscription of subscriptions) subscription.reserved--;
    this.look();
  }

  /**
   * Lets an event into a unit of work, or refuses it at once. Whoever waited here would hold what others need to make room: its place as a
   * handler, its locks. Up to a tenth more than the limit is let in, so that handlers that publish for each other in a circle can go on.
   *
   * @throws EventBacklogFullError
   */
  admit({ source, name, subscriptions }: GatedEvent, unit: UnitOfWork): void {
    const limit = this.options.backlogLimit + Math.ceil(this.options.backlogLimit / 10);
    const full = subscriptions.find((each) => this.#isFull(each, limit));
    if (full) throw new EventBacklogFullError(source, name, full.name, limit);
    for (const subscription of subscriptions) subscription.reserved++;
    unit.onEnded(() => {
      for (const subscription of subscriptions) subscription.reserved--;
    });
  }

  /** Something may have become less. */
  look(): void {
    if (this.#waiting.length === 0 || this.#isLooking) return;
    this.#isLooking = true;
    // Once for all that becomes less in a turn: everybody who waits is asked.
    setImmediate(() => {
      this.#isLooking = false;
      for (const wake of this.#waiting.splice(0)) wake();
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
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#reserve(event);
  }

  #reserve({ subscriptions }: GatedEvent): void {
    this.#unstored++;
    for (const subscription of subscriptions) subscription.reserved++;
  }

  #obstacle({ subscriptions }: GatedEvent): DurableSubscription | typeof ON_THEIR_WAY | undefined {
    if (this.#unstored >= this.options.unstoredLimit) return ON_THEIR_WAY;
    for (const subscription of subscriptions) {
      if (this.#isFull(subscription, this.options.backlogLimit)) return subscription;
    }
    return undefined;
  }

  #isFull(subscription: DurableSubscription, limit: number): boolean {
    const { backlog, reserved, isMissing, isStranded } = subscription;
    if (backlog + reserved < limit) return false;
    if (isMissing && !isStranded) this.overflow(subscription);
    return !isMissing;
  }
}
