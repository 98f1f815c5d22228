/**
 * Durable events: what is published for a durable subscription is stored first, handed out from memory after the commit, and read from the
 * store by a subscription that missed it. The log holds the events, a cursor what each subscription has finished, and records what is out of order.
 */
import { Logger } from '@nestjs/common';
import { messageOf, type Clock } from '../../common/index.js';
import { NoFaultPoints, type FaultPoints, type Store, type StoreOperation } from '../../storage/index.js';
import { RepeatedLines } from '../../telemetry/index.js';
import type { Handler } from '../handlers/handler.js';
import type { PluginEvents } from '../plugin-events.js';
import type { UnitOfWork } from '../unit/unit-of-work.js';
import { DueClock } from './clock/due-clock.js';
import { DueTimer } from './clock/due-timer.js';
import { DeadLetterWriter } from './dead-letters/dead-letter-writer.js';
import type { DurableOptions } from './durable.options.js';
import { Deduplication } from './intake/deduplication.js';
import { EventIntake, type Publication } from './intake/event-intake.js';
import { PublishGate } from './intake/publish-gate.js';
import { LogRange } from './records/log-range.js';
import { Acknowledgements } from './session/acknowledgements.js';
import { CrashCandidates } from './session/crash-candidates.js';
import type { SessionDependencies } from './session/session-context.js';
import { SubscriptionSession } from './session/subscription-session.js';
import { KnownSubscriptions } from './subscribers/known-subscriptions.js';
import { MissingSubscriptions } from './subscribers/missing-subscriptions.js';
import { ParkedEvents } from './subscribers/parked-events.js';
import type { SubscriptionFigures } from './upkeep/durable.metrics.js';
import { Housekeeping } from './upkeep/housekeeping.js';
import { RunMarker } from './upkeep/run-marker.js';
import { subscriptionFigures } from './upkeep/subscription-figures.js';

export interface DurableDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly options: DurableOptions;
  /** Publishes in the name of the host. */
  readonly events: PluginEvents;
  readonly faults?: FaultPoints | undefined;
}

export class DurableEvents {
  readonly known: KnownSubscriptions;
  /** The time by which events are due. */
  readonly dues: DueClock;
  readonly parked: ParkedEvents;
  readonly #store: Store;
  readonly #log = new LogRange();
  readonly #acknowledgements: Acknowledgements;
  readonly #intake: EventIntake;
  readonly #missing: MissingSubscriptions;
  readonly #housekeeping: Housekeeping;
  readonly #marker: RunMarker;
  readonly #session: SessionDependencies;
  readonly #logger = new Logger('DurableEvents');

  constructor({ store, clock, options, events, faults = new NoFaultPoints() }: DurableDependencies) {
    this.#store = store;
    const log = this.#log;
    const dues = new DueClock(clock, { log, report: (text) => this.#logger.warn(text) });
    const known = new KnownSubscriptions(store);
    const missing = new MissingSubscriptions(known, dues, options);
    const acknowledgements = new Acknowledgements(store, clock);
    const deduplication = new Deduplication(store, dues, options.deduplicationWindow * 1_000);
    const gate = new PublishGate(known, missing, options);
    const ground = { store, clock, dues, log, acknowledgements, faults };
    this.#intake = new EventIntake({ ...ground, options, known, gate, deduplication });
    this.#housekeeping = new Housekeeping({ ...ground, options, missing, deduplication });
    this.#session = {
      ...ground,
      timer: new DueTimer(clock, dues),
      crashCandidates: new CrashCandidates(clock),
      deadLetters: new DeadLetterWriter(store, events, new RepeatedLines(clock)),
      window: options.window,
    };
    this.known = known;
    this.dues = dues;
    this.parked = new ParkedEvents(store, known);
    this.#missing = missing;
    this.#acknowledgements = acknowledgements;
    this.#marker = new RunMarker(store);
  }

  /** To be called once, before anything is published or attached. */
  async open(): Promise<void> {
    const { first, last } = await this.#store.logStatus();
    this.#log.opened({ first, last });
    await this.dues.load(this.#store, last);
    await this.known.load(last);
    if ((await this.#marker.begin([this.dues.put()])) === 'after a crash') this.#log.openedAfterCrash();
    this.dues.begin(this.#store, last >= first ? 'events' : 'no events');
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
    const names = new Set<string>();
    for (const handler of handlers) {
      const { durable } = handler.details;
      if (!durable) continue;
      this.known.assertFree(durable.name, plugin, handler.details);
      operations.push(...this.known.declare(handler, durable, this.#log));
      names.add(durable.name);
    }
    const ofMissing = this.#missing.ofPlugin(plugin, names);
    if (ofMissing.length > 0) this.#housekeeping.begin();
    operations.push(...ofMissing);
    return operations.length === 0 ? Promise.resolve() : this.#store.commit(operations).then(() => undefined);
  }

  /** Delivers to these handlers from now on, beginning with what waits. */
  activate(handlers: readonly Handler[]): void {
    const sessions = handlers.flatMap((handler) => this.#openSession(handler));
    if (sessions.length === 0) return;
    // Not awaited: a plugin is ready before it has processed its backlog.
    void this.#catchUp(sessions).catch((error: unknown) =>
      this.#logger.error(`Durable events cannot be delivered: ${messageOf(error)}`),
    );
  }

  async #catchUp(sessions: readonly SubscriptionSession[]): Promise<void> {
    await this.#acknowledgements.written();
    const cursors = await this.#store.cursors();
    await Promise.all(sessions.map((session) => session.open(cursors.get(session.name) ?? { position: 0, above: [] })));
  }

  /** Hands nothing more to these handlers. What runs is theirs to finish. */
  deactivate(handlers: readonly Handler[]): void {
    for (const handler of handlers) this.known.servedBy(handler)?.closed(handler);
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

  /** Publishes together with everything else that the unit changes. */
  stage(unit: UnitOfWork, publication: Publication): Promise<void> {
    this.#housekeeping.begin();
    return this.#intake.stage(unit, publication);
  }

  /** Warns of subscriptions whose plugin is not among these: for how long they are kept, and what to do. */
  reportStranded(plugins: ReadonlySet<string>): void {
    const operations = this.#missing.ofServer(plugins);
    if (operations.length === 0) return;
    this.#housekeeping.begin();
    this.#store
      .commit(operations)
      .catch((error: unknown) =>
        this.#logger.warn(`Missing subscriptions could not be written down: ${messageOf(error)}`),
      );
  }

  /** How each subscription fares. */
  figures(): Promise<SubscriptionFigures[]> {
    return subscriptionFigures(this.known, { store: this.#store, dues: this.dues });
  }

  #openSession(handler: Handler): SubscriptionSession[] {
    const subscription = this.known.servedBy(handler);
    if (!subscription) return [];
    const session = new SubscriptionSession(subscription, handler, this.#session);
    subscription.opened(session);
    return [session];
  }
}
