/**
 * Durable events: what is published for a durable subscription is stored first, handed out from memory after the commit, and read from the
 * store again by whoever missed it. The log holds the events, a cursor what each subscription has dealt with, and records what is out of order.
 */
import { Logger } from '@nestjs/common';
import { messageOf, type Clock } from '../../common/index.js';
import { NoFaultPoints, type FaultPoints, type Store, type StoreOperation } from '../../storage/index.js';
import { RepeatedLines } from '../../telemetry/index.js';
import type { Handler } from '../handlers/handler.js';
import type { UnitOfWork } from '../unit/unit-of-work.js';
import { Acknowledgements } from './session/acknowledgements.js';
import { DeadLetterOffice } from './dead-letters/dead-letter-office.js';
import { Deduplication } from './intake/deduplication.js';
import { DueClock } from './clock/due-clock.js';
import { DueTimer } from './clock/due-timer.js';
import { SubscriptionSession } from './session/subscription-session.js';
import type { DurableOptions } from './durable.options.js';
import type { DurableSubscription } from './subscribers/durable-subscription.js';
import type { EventDeadLettered } from './dead-letters/event-dead-lettered.js';
import { EventIntake, type Publication } from './intake/event-intake.js';
import type { SubscriptionFigures } from './upkeep/durable.metrics.js';
import { Housekeeping } from './upkeep/housekeeping.js';
import { KnownSubscriptions } from './subscribers/known-subscriptions.js';
import { MissingSubscriptions } from './subscribers/missing-subscriptions.js';
import { overtake } from './intake/overtaking.js';
import { ParkedEvents } from './subscribers/parked-events.js';
import { PublishGate } from './intake/publish-gate.js';
import { RunMarker } from './upkeep/run-marker.js';
import { subscriptionFigures } from './upkeep/subscription-figures.js';
import { Suspects } from './session/suspects.js';

export interface DurablePorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly options: DurableOptions;
  /** Other tables of handlers than before are right from now on. */
  readonly changed: () => void;
  readonly publish: (event: EventDeadLettered) => Promise<void>;
  readonly faults?: FaultPoints | undefined;
}

export class DurableEvents {
  readonly known: KnownSubscriptions;
  /** The time by which events are due. */
  readonly dues: DueClock;
  readonly parked: ParkedEvents;
  readonly #ports: DurablePorts;
  readonly #acknowledgements: Acknowledgements;
  readonly #due: DueTimer;
  readonly #gate: PublishGate;
  readonly #intake: EventIntake;
  readonly #missing: MissingSubscriptions;
  readonly #housekeeping: Housekeeping;
  readonly #marker: RunMarker;
  readonly #office: DeadLetterOffice;
  readonly #faults: FaultPoints;
  readonly #suspects: Suspects;
  readonly #logger = new Logger('DurableEvents');
  #first = 1;
  #orphansThrough = 0;

  constructor(ports: DurablePorts) {
    const { store, clock, options, changed, publish, faults = new NoFaultPoints() } = ports;
    this.#ports = ports;
    this.#faults = faults;
    this.known = new KnownSubscriptions(store);
    this.#suspects = new Suspects(clock);
    this.#acknowledgements = new Acknowledgements(store, clock);
    this.dues = new DueClock(clock, { tail: () => this.#intake.tail, report: (text) => this.#logger.warn(text) });
    const { dues, known } = this;
    this.#due = new DueTimer(clock, dues);
    this.#missing = new MissingSubscriptions({ known, dues, options, changed });
    this.#gate = new PublishGate(options, (subscription) => this.#missing.overflow(subscription));
    const pass = (subscription: string, position: number): void =>
      this.#acknowledgements.add({ op: 'acknowledge', subscription, position });
    const deduplication = new Deduplication(store, dues, options.deduplicationWindow * 1_000);
    this.#intake = new EventIntake({
      store,
      clock,
      dues,
      options,
      known,
      gate: this.#gate,
      deduplication,
      faults,
      pass,
      overtake: (subscription, event) => overtake(subscription, event, this.#acknowledgements),
    });
    this.parked = new ParkedEvents(store, this.known, (subscription) => this.#ended(subscription));
    this.#office = new DeadLetterOffice(store, publish, new RepeatedLines(clock));
    const trimmed = (first: number): void => {
      this.#first = first;
    };
    const expired = (): StoreOperation[] => this.#missing.expired();
    this.#housekeeping = new Housekeeping({ store, clock, dues, options, faults, expired, trimmed });
    this.#marker = new RunMarker(store);
  }

  /** To be called once, before anything is published or attached. */
  async open(): Promise<void> {
    const { store } = this.#ports;
    const { first, last } = await store.logStatus();
    this.#first = first;
    this.#intake.tail = last;
    await this.dues.load(store, last);
    await this.known.load(last);
    this.#orphansThrough = (await this.#marker.begin([this.dues.put()])) === 'after a crash' ? last : 0;
    this.dues.begin(store, last >= first ? 'events' : 'no events');
    this.#ports.changed();
    if (last >= first) this.#housekeeping.begin();
  }

  /** Waits for what is on its way to the disk. Handlers have ended by then. */
  async close(): Promise<void> {
    this.#housekeeping.end();
    this.#acknowledgements.end();
    await this.#acknowledgements.idle();
    this.dues.end();
    await this.#marker.end([this.dues.put()]);
  }

  /**
   * Makes the durable subscriptions of a plugin known, to publishers at once. Resolves when the store knows them.
   *
   * @throws SubscriptionDeclarationError when one takes the place of another event's, for which something waits
   */
  declare(plugin: string, handlers: readonly Handler[]): Promise<void> {
    const operations: StoreOperation[] = [];
    for (const handler of handlers) {
      const { durable } = handler.details;
      if (!durable) continue;
      this.known.assertFree(durable.name, plugin, handler.details);
      operations.push(...this.known.declare(handler, durable, { first: this.#first, tail: this.#intake.tail }));
    }
    const names = new Set(handlers.flatMap(({ details: { durable } }) => (durable ? [durable.name] : [])));
    const ofMissing = this.#missing.ofPlugin(plugin, names);
    if (ofMissing.length > 0) this.#housekeeping.begin();
    operations.push(...ofMissing);
    this.#ports.changed();
    return operations.length === 0 ? Promise.resolve() : this.#ports.store.commit(operations).then(() => undefined);
  }

  /** Delivers to these handlers from now on, beginning with what waits. */
  activate(handlers: readonly Handler[]): void {
    const sessions = handlers.flatMap((handler) => this.#openSession(handler));
    if (sessions.length === 0) return;
    // Nobody waits for it: a plugin is ready before it has caught up.
    void this.#catchUp(sessions).catch((error: unknown) =>
      this.#logger.error(`Durable events cannot be delivered: ${messageOf(error)}`),
    );
  }

  async #catchUp(sessions: readonly SubscriptionSession[]): Promise<void> {
    await this.#acknowledgements.written();
    const cursors = await this.#ports.store.cursors();
    await Promise.all(
      sessions.map((session) => {
        const cursor = cursors.get(session.name) ?? { position: 0, above: [] };
        this.known.get(session.name)?.readsFrom(cursor.position);
        return session.open(cursor);
      }),
    );
  }

  /** Hands nothing more to these handlers. What runs is theirs to finish. */
  deactivate(handlers: readonly Handler[]): void {
    for (const handler of handlers) {
      const subscription = this.known.get(handler.details.durable?.name ?? '');
      if (subscription?.session?.handler !== handler) continue;
      subscription.session.close();
      subscription.session = undefined;
      this.parked.stopped(subscription);
      // What was in memory waits in the log again.
      subscription.leastWaiting = 0;
    }
    // Whoever waits for one of these waits in vain from now on.
    this.#gate.look();
  }

  /**
   * Resolves once the event is on the disk; its handlers go on by themselves.
   *
   * @throws EventNotStorableError, EventBacklogFullError, EventStoreFullError
   */
  publish(publication: Publication): Promise<void> {
    this.#housekeeping.begin();
    return this.#intake.publish(publication);
  }

  /** As `publish`, together with everything else that the unit changes. */
  stage(unit: UnitOfWork, publication: Publication): Promise<void> {
    this.#housekeeping.begin();
    return this.#intake.stage(unit, publication);
  }

  /** Warns of subscriptions whose plugin is not among these, and says for how long they are kept, and what to do about it. */
  reportStranded(plugins: ReadonlySet<string>): void {
    const operations = this.#missing.ofServer(plugins);
    this.#ports.changed();
    if (operations.length === 0) return;
    this.#housekeeping.begin();
    this.#ports.store
      .commit(operations)
      .catch((error: unknown) =>
        this.#logger.warn(`Missing subscriptions could not be written down: ${messageOf(error)}`),
      );
  }

  /** How each subscription fares. */
  figures(): Promise<SubscriptionFigures[]> {
    return subscriptionFigures(this.known, { store: this.#ports.store, dues: this.dues });
  }

  #openSession(handler: Handler): SubscriptionSession[] {
    const subscription = this.known.get(handler.details.durable?.name ?? '');
    if (!subscription) return [];
    const { store, clock, options } = this.#ports;
    const session = new SubscriptionSession(subscription.name, handler, {
      store,
      clock,
      dues: this.dues,
      acknowledgements: this.#acknowledgements,
      suspects: this.#suspects,
      office: this.#office,
      faults: this.#faults,
      due: this.#due,
      window: options.window,
      tail: () => this.#intake.tail,
      orphansThrough: this.#orphansThrough,
      hasOvertaken: (position) => subscription.ahead.delete(position),
      caughtUp: () => {
        subscription.leastWaiting = Number.POSITIVE_INFINITY;
      },
      done: () => this.#ended(subscription),
      parked: (change) => this.parked.count(subscription, change),
      sorted: () => this.parked.sorted(subscription),
      passed: (position) => (position <= subscription.countedThrough ? this.#ended(subscription) : undefined),
    });
    subscription.session = session;
    return [session];
  }

  #ended(subscription: DurableSubscription): void {
    subscription.backlog = Math.max(0, subscription.backlog - 1);
    this.#gate.look();
  }
}
