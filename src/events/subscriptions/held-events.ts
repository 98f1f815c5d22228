/** The events of a plugin that restarts: they wait here, in a bounded buffer, until its handlers are there again. */
import { Logger } from '@nestjs/common';
import { runInContext } from '../../telemetry/index.js';
import type { AttachedHandlers } from './dispatch-tables.js';
import type { DropCounter } from '../event-counters.js';
import type { EventsOptions } from '../events.options.js';
import type { Detour, WaitingDelivery } from '../handlers/delivery.js';
import type { Handler } from '../handlers/handler.js';

export interface HeldEventsDetails {
  readonly plugin: string;
  readonly limit: number;
  readonly policy: EventsOptions['whileRestarting'];
  readonly dropped: DropCounter;
  /** Called once, when nothing is held any more. */
  readonly onEnd: (last: AttachedHandlers | undefined) => void;
}

/** An attachment of a plugin; nothing can be delivered to a closed one. */
export interface HeldAttachment extends AttachedHandlers {
  readonly isClosed: boolean;
}

export class HeldEvents {
  readonly #details: HeldEventsDetails;
  readonly #subscriptions = new Map<string, HeldSubscription>();
  readonly #logger: Logger;
  #waiting: HeldDelivery[] = [];
  #current: HeldAttachment | undefined;
  /** Handlers of attachments whose place another has taken. */
  readonly #replaced: Handler[] = [];
  #state: 'holding' | 'released' | 'dropped' = 'holding';
  #refused = 0;

  constructor(details: HeldEventsDetails) {
    this.#details = details;
    this.#logger = new Logger(details.plugin);
  }

  /** How many deliveries are held: an event counts once for each handler that waits for it. */
  get size(): number {
    return this.#waiting.length;
  }

  /** The attachment whose subscriptions say what is held: the closed one, and later the one that has taken its place. */
  get current(): AttachedHandlers | undefined {
    return this.#current;
  }

  /** Holds what comes for the handlers of this attachment, which takes the place of the one before. Called by the bus. */
  adopt(attachment: HeldAttachment): void {
    if (this.#current) this.#replaced.push(...this.#current.handlers);
    this.#current = attachment;
    for (const subscription of this.#subscriptions.values()) subscription.isServed = false;
    for (const [key, handler] of keyed(attachment.handlers)) {
      const known = this.#subscriptions.get(key);
      const subscription = known ?? new HeldSubscription(handler, this);
      subscription.serveWith(handler);
      this.#subscriptions.set(key, subscription);
    }
  }

  /**
   * Delivers what is held to the handlers of `attachment`, each in the order of publication and before anything newer; handlers are found again
   * by class, method and event. What has no handler any more is dropped. A closed attachment gets nothing, and the plugin's events stay held.
   *
   * @throws RangeError for an attachment that was not made while these events were held: a defect of the host
   */
  release(attachment: AttachedHandlers): void {
    if (this.#state !== 'holding') return;
    if (attachment !== this.#current)
      throw new RangeError(`The held events of "${this.#details.plugin}" do not belong to this attachment.`);
    if (this.#current.isClosed) return;
    const waiting = this.#end('released');
    for (const { subscription, delivery } of waiting) subscription.deliver(delivery);
    const gone = waiting.filter(({ subscription }) => !subscription.isServed);
    if (gone.length > 0) {
      const labels = [...new Set(gone.map(({ subscription }) => subscription.label))].sort().join(', ');
      this.#warn(`dropped ${deliveries(gone.length)} held for handlers that it no longer has: ${labels}`);
    }
  }

  /**
   * Gives up what is held, when the plugin does not come back. An attachment that was made in between gets what comes from now on.
   *
   * @returns how many deliveries were dropped by this call
   */
  drop(): number {
    if (this.#state !== 'holding') return 0;
    const waiting = this.#end('dropped');
    for (const { subscription, delivery } of waiting) subscription.drop(delivery);
    if (waiting.length > 0)
      this.#warn(`dropped ${deliveries(waiting.length)} held for its restart, because it does not run again`);
    return waiting.length;
  }

  /** True if a delivery of this subscription would find a place. */
  isOpenFor({ isServed }: HeldSubscription): boolean {
    if (this.#state === 'holding') return this.#details.policy === 'hold' && this.size < this.#details.limit;
    return this.#state === 'released' && isServed;
  }

  /** Called by the subscriptions. */
  take(subscription: HeldSubscription, delivery: WaitingDelivery): void {
    // After the end only stragglers come: published before it, in the same turn, or given back by a call that ended late.
    if (this.#state === 'released') subscription.deliver(delivery);
    else if (this.#state === 'dropped') subscription.drop(delivery);
    else if (this.isOpenFor(subscription)) this.#waiting.push({ subscription, delivery });
    else this.#refuse(subscription, delivery);
  }

  /** Called by the subscriptions for each delivery that ends without its handler. */
  countDropped(): void {
    this.#details.dropped.count++;
  }

  #refuse(subscription: HeldSubscription, delivery: WaitingDelivery): void {
    subscription.drop(delivery);
    if (this.#refused++ > 0 || this.#details.policy === 'drop') return;
    const { limit } = this.#details;
    this.#warn(
      `holds ${deliveries(limit)} for its restart, as many as events.heldLimit allows; newer ones are dropped until it runs`,
    );
  }

  /** Opens the handlers that are there, and returns what was held for them, in the order of publication. */
  #end(state: 'released' | 'dropped'): HeldDelivery[] {
    this.#state = state;
    const waiting = this.#waiting.sort(byPublication);
    this.#waiting = [];
    const current = this.#current;
    this.#current = undefined;
    if (!current?.isClosed) for (const handler of current?.handlers ?? []) handler.endDetour();
    this.#details.onEnd(current?.isClosed ? current : undefined);
    this.#forgetReplaced();
    if (this.#refused > 0 && this.#details.policy === 'drop') {
      this.#warn(`missed ${deliveries(this.#refused)} while it restarted, because events.whileRestarting is "drop"`);
    }
    return waiting;
  }

  /**
   * Handlers that are gone would refer from each restart to the next: a reference to one of them would keep all later ones in memory. What was
   * published before the end has been delivered to them when this turn is over.
   */
  #forgetReplaced(): void {
    const replaced = this.#replaced.splice(0);
    if (replaced.length > 0) setImmediate(() => replaced.forEach((handler) => handler.endDetour()));
  }

  #warn(what: string): void {
    const { plugin } = this.#details;
    runInContext({ plugin }, () => this.#logger.warn(`Plugin "${plugin}" ${what}.`));
  }
}

/** One handler of the plugin through all its restarts. */
class HeldSubscription implements Detour {
  /** True if the latest attachment has this handler. */
  isServed = false;
  /** What publishers wait for: their reports know the first handler's. */
  readonly #expected: Handler['expected'];
  readonly #held: HeldEvents;
  #handler: Handler;

  constructor(handler: Handler, held: HeldEvents) {
    this.#handler = handler;
    this.#held = held;
    this.#expected = handler.expected;
  }

  get label(): string {
    const { label, pattern } = this.#handler.details;
    return `${label} (${pattern})`;
  }

  get isOpen(): boolean {
    return this.#held.isOpenFor(this);
  }

  serveWith(handler: Handler): void {
    this.#handler = handler;
    this.isServed = true;
    handler.succeedTo(this.#expected);
    handler.detour(this);
  }

  take(delivery: WaitingDelivery): void {
    // A measured time would be that of the restart.
    this.#held.take(this, { ...delivery, event: delivery.event.unmeasured() });
  }

  deliver(delivery: WaitingDelivery): void {
    if (this.isServed) delivery.resource.runInAsyncScope(() => this.#handler.resume(delivery));
    else this.drop(delivery);
  }

  drop({ event, attempts }: WaitingDelivery): void {
    this.#held.countDropped();
    this.#handler.settle(event, { result: 'abandoned', attempts, durationMs: undefined, error: undefined });
  }
}

interface HeldDelivery {
  readonly subscription: HeldSubscription;
  readonly delivery: WaitingDelivery;
}

/** What waited for a retry comes into the buffer late, though it is older than what is there. Ids of the same moment grow. */
function byPublication({ delivery: { event: a } }: HeldDelivery, { delivery: { event: b } }: HeldDelivery): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Handlers under a key that their counterparts after a restart have as well: two instances of one class are identified by their order. */
function keyed(handlers: readonly Handler[]): [key: string, handler: Handler][] {
  const counts = new Map<string, number>();
  return handlers.map((handler) => {
    const { label, pattern } = handler.details;
    const key = `${label} ${pattern}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return [`${key} ${count}`, handler];
  });
}

function deliveries(count: number): string {
  return count === 1 ? '1 event delivery' : `${count} event deliveries`;
}
