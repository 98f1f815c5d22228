/** Joins publishers and handlers: the one object of this room that the rest of the host talks to. */
import { Injectable } from '@nestjs/common';
import type { ClassConstructor } from 'class-transformer';
import type { Registry } from 'prom-client';
import type { Clock } from '../common/index.js';
import { HOST_NAME, type EventClass } from '../plugin/index.js';
import type { FaultPoints, Store } from '../storage/index.js';
import { RepeatedLines } from '../telemetry/index.js';
import type { EventContractDetails } from './contracts/event-contract.metadata.js';
import { declaredEvent, isOfHost } from './publishing/declared-event.js';
import { Attachment } from './subscriptions/attachment.js';
import { DeadlineSweep } from './handlers/deadline-sweep.js';
import { HandlerFactory, type HandlerCandidate } from './handlers/handler-factory.js';
import type { Handler } from './handlers/handler.js';
import { HeldEvents } from './subscriptions/held-events.js';
import { APPLICATION, ApplicationEvents } from './publishing/application-events.js';
import { Dispatcher } from './publishing/dispatcher.js';
import { DispatchTables, type AttachedHandlers } from './subscriptions/dispatch-tables.js';
import { PublishRoute } from './publishing/publish-route.js';
import { Publisher, type EventRelay, type PublisherRights } from './publishing/publisher.js';
import { DurableEvents } from './durable/durable-events.js';
import { EventDeadLettered } from './durable/dead-letters/event-dead-lettered.js';
import type { ParkedEvents } from './durable/subscribers/parked-events.js';
import { registerDurableMetrics } from './durable/upkeep/durable.metrics.js';
import { EventCounters } from './event-counters.js';
import { EventFailed } from './handlers/event-failed.js';
import { EventContractError, SubscriptionDeclarationError } from './events.errors.js';
import { registerEventMetrics } from './events.metrics.js';
import { FailureReports } from './handlers/failure-reports.js';
import type { EventsOptions } from './events.options.js';
import type { PluginEvents } from './plugin-events.js';

export interface EventBusPorts {
  readonly options: EventsOptions;
  readonly clock: Clock;
  /** Where metrics are shown; without one they are only counted. */
  readonly registry: Registry | undefined;
  /** Where durable events are kept; without one there are no durable subscriptions. */
  readonly store?: Store | undefined;
  /** Where tests end the process. */
  readonly faults?: FaultPoints | undefined;
}

/** In whose name events are published. */
export interface PublisherIdentity {
  readonly name: string;
  /** As in the manifest. */
  readonly emits: readonly (EventClass | string)[];
}

@Injectable()
export class EventBus {
  readonly #tables = new DispatchTables((name) => this.#durable?.known.of(name) ?? []);
  readonly #durable: DurableEvents | undefined;
  readonly #counters = new EventCounters();
  readonly #dispatcher: Dispatcher;
  readonly #application: ApplicationEvents;
  readonly #handlers: HandlerFactory;
  readonly #options: EventsOptions;
  readonly #clock: Clock;
  readonly #failures: FailureReports;
  /** By plugin, while it restarts. */
  readonly #held = new Map<string, HeldEvents>();
  /** Lines that a storm of events would repeat. */
  readonly repeated: RepeatedLines;
  #relay: EventRelay | undefined;

  constructor({ options, clock, registry, store, faults }: EventBusPorts) {
    this.#options = options;
    this.#clock = clock;
    this.repeated = new RepeatedLines(clock);
    this.#dispatcher = new Dispatcher(clock, options.depthLimit);
    const counter = this.#counters.publishCounter(APPLICATION, '*');
    const durableEvents = (): DurableEvents => this.durable;
    this.#application = new ApplicationEvents({
      dispatcher: this.#dispatcher,
      tables: this.#tables,
      counter,
      durable: durableEvents,
    });
    const { handlerTimeout, hungAfter, queueLimit, validate } = options;
    const limits = { timeoutMs: handlerTimeout * 1_000, hungAfterMs: hungAfter * 1_000, queueLimit, validate };
    const events = this.publisherFor({ name: HOST_NAME, emits: [EventFailed, EventDeadLettered] });
    this.#failures = new FailureReports(events, this.repeated);
    this.#handlers = new HandlerFactory({
      ...limits,
      sweep: new DeadlineSweep(clock),
      failures: this.#failures,
      counters: this.#counters,
    });
    const publish = (event: EventDeadLettered): Promise<void> => events.publish(event);
    const changed = (): void => this.#tables.changed();
    this.#durable = store && new DurableEvents({ store, clock, options: options.durable, changed, publish, faults });
    const held = (): Map<string, number> => new Map([...this.#held].map(([plugin, { size }]) => [plugin, size]));
    const gauges = { open: () => this.#perPlugin(({ open }) => open), held };
    if (registry) registerEventMetrics(registry, this.#counters, gauges);
    const durable = this.#durable;
    if (registry && durable) registerDurableMetrics(registry, () => durable.figures());
  }

  /** Reads what the store knows of durable subscriptions. To be called once, before anything is published or attached. */
  async open(): Promise<void> {
    await this.#durable?.open();
  }

  /** Waits until everything that handlers have done is on the disk. Plugins have stopped by then. */
  async close(): Promise<void> {
    await this.#durable?.close();
    this.repeated.flush();
  }

  /** Warns of durable subscriptions for which events wait and whose plugin is not among `plugins`: all that were discovered. */
  reportStranded(plugins: readonly string[]): void {
    this.#durable?.reportStranded(new Set(plugins));
  }

  /**
   * Dead letters, replay and what is stranded.
   *
   * @throws EventContractError where there is no store
   */
  get durable(): DurableEvents {
    if (this.#durable) return this.#durable;
    throw new EventContractError('The application has no store for durable events', 'Give the bus a store.');
  }

  /** The events that wait because their handlers are too old for them; `undefined` where there is no store. */
  get parked(): ParkedEvents | undefined {
    return this.#durable?.parked;
  }

  /**
   * Makes the `PluginEvents` of one plugin. The host itself, under the name `panotti`, may publish everything that begins with `panotti.`.
   *
   * @throws EventContractError for an entry of `emits` that is no event
   */
  publisherFor({ name, emits }: PublisherIdentity): PluginEvents {
    const isHost = name === HOST_NAME;
    const declared = new Map(emits.map((entry) => declaredEvent(name, entry)));
    return this.#publisher({ name, declared, mayPublish: (event) => isHost && isOfHost(event) });
  }

  /** What ordinary Nest code emits: whatever its name, and not validated. */
  get application(): ApplicationEvents {
    return this.#application;
  }

  /**
   * Subscribes the handlers of a plugin that has started: all of them or, when it throws, none. While events of the plugin are held, its
   * handlers get nothing before `HeldEvents.release`.
   *
   * @throws SubscriptionDeclarationError for handlers that could never be called
   */
  attach(plugin: string, candidates: readonly HandlerCandidate[]): Attachment {
    const handlers = this.#handlers.handlersOf(plugin, candidates, this.#relay?.emitter);
    const attachment = new Attachment(plugin, handlers, this.#clock, (closed) => this.#closed(closed));
    const held = this.#held.get(plugin);
    attachment.isStored = this.#declare(plugin, handlers);
    this.#replace(held?.current, attachment);
    held?.adopt(attachment);
    return attachment;
  }

  /** Lets durable events come to a plugin that is ready, beginning with what has waited for it. Does nothing for one that is closed. */
  activate(attachment: Attachment): void {
    if (!attachment.isClosed) this.#durable?.activate(attachment.handlers);
  }

  /**
   * Closes the attachment of a plugin that is about to restart, and holds the events for its handlers from then on: those that waited in it, and
   * those published before the restart is over. What runs goes on and is drained as always. The plugin's next attachment takes its place; if it is closed,
   * too, the events stay held. To be ended by `release` or `drop`. A plugin whose events are held already keeps what it holds.
   */
  hold(attachment: Attachment): HeldEvents {
    const { plugin } = attachment;
    const held = this.#held.get(plugin) ?? this.#newHold(plugin);
    this.#held.set(plugin, held);
    if (held.current !== attachment) {
      this.#replace(held.current, attachment);
      held.adopt(attachment);
    }
    attachment.close();
    return held;
  }

  /** Lets `relay` hear every event of every plugin from now on; `undefined` ends that. */
  relayTo(relay: EventRelay | undefined): void {
    this.#relay = relay;
    for (const { handlers } of relay?.listen ? this.#tables.attached() : []) relay?.listen?.(handlers);
  }

  /** Has `listener` called whenever a call of a plugin hangs, with how many of its calls hang now. One listener: the host. */
  onHanging(listener: (plugin: string, hanging: number) => void): void {
    this.#failures.onHanging = (plugin) => listener(plugin, this.#perPlugin(({ hanging }) => hanging).get(plugin) ?? 0);
  }

  #publisher(rights: PublisherRights): PluginEvents {
    const routeFor = (contract: EventContractDetails, eventClass: EventClass | undefined): PublishRoute => {
      // A class with any constructor can make an object without calling it, which is all that class-transformer does.
      const payloadClass = eventClass as ClassConstructor<object> | undefined;
      const origin = { name: contract.name, version: contract.version, source: rights.name, eventClass: payloadClass };
      const counter = this.#counters.publishCounter(rights.name, contract.name);
      const { priority = 'normal' } = contract;
      const details = {
        priority,
        origin,
        counter,
        eventClass: payloadClass,
        validate: this.#options.validate,
      };
      return new PublishRoute(details, this.#tables);
    };
    return new Publisher(rights, {
      dispatcher: this.#dispatcher,
      relay: () => this.#relay,
      durable: () => this.durable,
      routeFor,
    });
  }

  #declare(plugin: string, handlers: readonly Handler[]): Promise<void> {
    if (this.#durable) return this.#durable.declare(plugin, handlers);
    const durable = handlers.find(({ details }) => details.durable);
    if (durable)
      throw new SubscriptionDeclarationError(
        durable.label,
        ['a durable subscription needs a store, and there is none'],
        plugin,
      );
    return Promise.resolve();
  }

  #newHold(plugin: string): HeldEvents {
    const { heldLimit: limit, whileRestarting: policy } = this.#options;
    const onEnd = (closed: AttachedHandlers | undefined): void => {
      this.#held.delete(plugin);
      if (closed) this.#remove(closed);
    };
    return new HeldEvents({ plugin, limit, policy, dropped: this.#counters.dropCounter(plugin), onEnd });
  }

  /** What is held is found by the subscriptions of the closed attachment. */
  #closed(attachment: Attachment): void {
    this.#durable?.deactivate(attachment.handlers);
    if (this.#held.get(attachment.plugin)?.current !== attachment) this.#remove(attachment);
  }

  /** The emitter of the application has its listeners in plugins as long as the tables have them. */
  #replace(removed: AttachedHandlers | undefined, added: AttachedHandlers): void {
    this.#tables.replace(removed, added);
    this.#relay?.listen?.(added.handlers);
    if (removed) this.#relay?.forget?.(removed.handlers);
  }

  #remove(removed: AttachedHandlers): void {
    this.#tables.remove(removed);
    this.#relay?.forget?.(removed.handlers);
  }

  #perPlugin(count: (handler: Handler) => number): Map<string, number> {
    const sums = new Map<string, number>();
    for (const { plugin, handlers } of this.#tables.attached()) {
      for (const handler of handlers) sums.set(plugin, (sums.get(plugin) ?? 0) + count(handler));
    }
    return sums;
  }
}
