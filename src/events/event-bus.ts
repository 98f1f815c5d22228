/** Joins publishers and handlers: the one object of this room that the rest of the host uses. */
import { Injectable } from '@nestjs/common';
import type { Registry } from 'prom-client';
import type { Clock } from '../common/index.js';
import { HOST_NAME, type EventClass } from '../plugin/index.js';
import type { FaultPoints, Store } from '../storage/index.js';
import { RepeatedLines } from '../telemetry/index.js';
import { declaredEvent, isOfHost } from './publishing/declared-event.js';
import { Attachment } from './subscriptions/attachment.js';
import { DeadlineSweep } from './handlers/deadline-sweep.js';
import { HandlerFactory, type HandlerCandidate } from './handlers/handler-factory.js';
import type { Handler } from './handlers/handler.js';
import { HeldEvents } from './subscriptions/held-events.js';
import { ApplicationEvents } from './publishing/application-events.js';
import { DispatchTables, type AttachedHandlers } from './subscriptions/dispatch-tables.js';
import { Publisher } from './publishing/publisher.js';
import { Publishing, type EventRelay } from './publishing/publishing.js';
import { DurableEvents } from './durable/durable-events.js';
import { EventDeadLettered } from './durable/dead-letters/event-dead-lettered.js';
import type { ParkedEvents } from './durable/subscribers/parked-events.js';
import { registerDurableMetrics } from './durable/upkeep/durable.metrics.js';
import { EventCounters } from './event-counters.js';
import { EventFailed } from './handlers/event-failed.js';
import { SubscriptionDeclarationError } from './events.errors.js';
import { registerEventMetrics } from './events.metrics.js';
import { FailureReports } from './handlers/failure-reports.js';
import type { EventsOptions } from './events.options.js';
import type { PluginEvents } from './plugin-events.js';

export interface EventBusDependencies {
  readonly options: EventsOptions;
  readonly clock: Clock;
  /** Registry for metrics; without one they are only counted. */
  readonly registry: Registry | undefined;
  /** Store of durable events; without one there are no durable subscriptions. */
  readonly store?: Store | undefined;
  /** Places where tests end the process. */
  readonly faults?: FaultPoints | undefined;
}

/** The plugin that publishes. */
export interface PublisherIdentity {
  readonly name: string;
  /** The entries of the manifest. */
  readonly emits: readonly (EventClass | string)[];
}

@Injectable()
export class EventBus {
  readonly #tables = new DispatchTables();
  readonly #counters = new EventCounters();
  readonly #publishing: Publishing;
  readonly #durable: DurableEvents | undefined;
  readonly #handlers: HandlerFactory;
  readonly #options: EventsOptions;
  readonly #clock: Clock;
  readonly #failures: FailureReports;
  /** By plugin, while it restarts. */
  readonly #held = new Map<string, HeldEvents>();
  /** What ordinary Nest code emits: any name, and not validated. */
  readonly application: ApplicationEvents;
  /** Lines that a storm of events would repeat. */
  readonly repeated: RepeatedLines;

  constructor({ options, clock, registry, store, faults }: EventBusDependencies) {
    this.#options = options;
    this.#clock = clock;
    this.repeated = new RepeatedLines(clock);
    this.#publishing = new Publishing(clock, options, this.#tables, this.#counters);
    this.application = new ApplicationEvents(this.#publishing);
    const events = this.publisherFor({ name: HOST_NAME, emits: [EventFailed, EventDeadLettered] });
    this.#failures = new FailureReports(events, this.repeated);
    const { handlerTimeout, hungAfter, queueLimit, validate } = options;
    this.#handlers = new HandlerFactory({
      sweep: new DeadlineSweep(clock),
      failures: this.#failures,
      counters: this.#counters,
      timeoutMs: handlerTimeout * 1_000,
      hungAfterMs: hungAfter * 1_000,
      queueLimit,
      validate,
    });
    if (store) {
      this.#durable = new DurableEvents({ store, clock, options: options.durable, events, faults });
      this.#publishing.storeIn(this.#durable);
      this.#tables.follow(this.#durable.known);
    }
    if (registry) this.#registerMetrics(registry);
  }

  /** Loads the durable subscriptions of the store. To be called once, before anything is published or attached. */
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
   * Durable delivery.
   *
   * @throws EventContractError where there is no store
   */
  get durable(): DurableEvents {
    return this.#publishing.durable;
  }

  /** Events that wait because their handlers are too old for them; `undefined` without a store. */
  get parked(): ParkedEvents | undefined {
    return this.#durable?.parked;
  }

  /**
   * Makes the `PluginEvents` of one plugin. The host itself, under the name `panotti`, may publish everything that begins with `panotti.`.
   *
   * @throws EventContractError for an entry of `emits` that is not an event
   */
  publisherFor({ name, emits }: PublisherIdentity): PluginEvents {
    const isHost = name === HOST_NAME;
    const declared = new Map(emits.map((entry) => declaredEvent(name, entry)));
    return new Publisher({ name, declared, mayPublish: (event) => isHost && isOfHost(event) }, this.#publishing);
  }

  /**
   * Subscribes the handlers of a plugin that has started: all of them, or no handler when it throws. While events of the plugin are held, its
   * handlers get nothing before `HeldEvents.release`.
   *
   * @throws SubscriptionDeclarationError for handlers that could never be called
   */
  attach(plugin: string, candidates: readonly HandlerCandidate[]): Attachment {
    const handlers = this.#handlers.handlersOf(plugin, candidates, this.#publishing.relay?.emitter);
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
    this.#publishing.relayTo(relay);
    for (const { handlers } of relay?.listen ? this.#tables.attached() : []) relay?.listen?.(handlers);
  }

  /** Has `listener` called whenever a call of a plugin hangs, with how many of its calls hang now. One listener: the host. */
  onHanging(listener: (plugin: string, hanging: number) => void): void {
    this.#failures.onHanging((plugin) => listener(plugin, this.#perPlugin(({ hanging }) => hanging).get(plugin) ?? 0));
  }

  #registerMetrics(registry: Registry): void {
    registerEventMetrics(registry, this.#counters, {
      open: () => this.#perPlugin(({ open }) => open),
      held: () => new Map([...this.#held].map(([plugin, { size }]) => [plugin, size])),
    });
    const durable = this.#durable;
    if (durable) registerDurableMetrics(registry, () => durable.figures());
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

  /** While events are held, the tables need the closed attachment to find them. */
  #closed(attachment: Attachment): void {
    this.#durable?.deactivate(attachment.handlers);
    if (this.#held.get(attachment.plugin)?.current !== attachment) this.#remove(attachment);
  }

  /** The emitter of the application has its listeners in plugins as long as the tables have them. */
  #replace(removed: AttachedHandlers | undefined, added: AttachedHandlers): void {
    this.#tables.replace(removed, added);
    this.#publishing.relay?.listen?.(added.handlers);
    if (removed) this.#publishing.relay?.forget?.(removed.handlers);
  }

  #remove(removed: AttachedHandlers): void {
    this.#tables.remove(removed);
    this.#publishing.relay?.forget?.(removed.handlers);
  }

  #perPlugin(count: (handler: Handler) => number): Map<string, number> {
    const sums = new Map<string, number>();
    for (const { plugin, handlers } of this.#tables.attached()) {
      for (const handler of handlers) sums.set(plugin, (sums.get(plugin) ?? 0) + count(handler));
    }
    return sums;
  }
}
