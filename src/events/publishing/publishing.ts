/** What all publishers of one bus share. */
import type { ClassConstructor } from 'class-transformer';
import type { Clock } from '../../common/index.js';
import type { EventClass } from '../../plugin/index.js';
import type { EventContractDetails } from '../contracts/event-contract.metadata.js';
import type { DurableEvents } from '../durable/durable-events.js';
import type { PublishedEvent } from '../event/published-event.js';
import type { EventCounters } from '../event-counters.js';
import { EventContractError } from '../events.errors.js';
import type { EventsOptions } from '../events.options.js';
import type { EmitterRules } from '../handlers/handler-factory.js';
import type { Handler } from '../handlers/handler.js';
import type { DispatchTables } from '../subscriptions/dispatch-tables.js';
import { Dispatcher } from './dispatcher.js';
import { PublishRoute } from './publish-route.js';

/** Hears every event of every plugin, besides the plugins. */
export interface EventRelay {
  /** What the emitter of the application does with its listeners; `undefined` if there is none. */
  readonly emitter?: EmitterRules | undefined;
  /** Has the emitter call those of these handlers that are meant for it. */
  listen?(handlers: readonly Handler[]): void;
  /** Ends that. */
  forget?(handlers: readonly Handler[]): void;
  /** Must not throw. */
  relay(event: PublishedEvent): void;
}

export class Publishing {
  readonly dispatcher: Dispatcher;
  #durable: DurableEvents | undefined;
  #relay: EventRelay | undefined;

  constructor(
    clock: Clock,
    private readonly options: EventsOptions,
    readonly tables: DispatchTables,
    readonly counters: EventCounters,
  ) {
    this.dispatcher = new Dispatcher(clock, options.depthLimit);
  }

  /** @throws EventContractError where there is no store */
  get durable(): DurableEvents {
    if (this.#durable) return this.#durable;
    throw new EventContractError('The application has no store for durable events', 'Give the bus a store.');
  }

  get relay(): EventRelay | undefined {
    return this.#relay;
  }

  storeIn(durable: DurableEvents): void {
    this.#durable = durable;
  }

  relayTo(relay: EventRelay | undefined): void {
    this.#relay = relay;
  }

  /** @param eventClass of the payload, where the event has one */
  routeFor(source: string, contract: EventContractDetails, eventClass: EventClass | undefined): PublishRoute {
    const { name, version, priority = 'normal' } = contract;
    // A class with any constructor can make an object without calling it, which is all that class-transformer does.
    const payloadClass = eventClass as ClassConstructor<object> | undefined;
    const origin = { name, version, source, eventClass: payloadClass };
    const counter = this.counters.publishCounter(source, name);
    const { validate } = this.options;
    return new PublishRoute({ priority, origin, counter, eventClass: payloadClass, validate }, this.tables);
  }
}
