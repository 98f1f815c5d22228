/** Publishes in the name of one plugin: finds the route of an event, checks it, and hands it to the dispatcher. */
import type { EventClass } from '../../plugin/index.js';
import { readContract, type EventContractDetails } from '../contracts/event-contract.metadata.js';
import { DeliveryReport } from '../delivery/delivery-report.js';
import { EventContractError, EventNotDeclaredError } from '../events.errors.js';
import { PluginEvents, type DeliveryOutcome } from '../plugin-events.js';
import { activeUnit, type UnitOfWork } from '../unit-of-work.js';
import type { Dispatcher } from './dispatcher.js';
import type { DispatchTable } from './dispatch-tables.js';
import type { PublishRoute } from './publish-route.js';
import type { PublishedEvent } from './published-event.js';

/** Hears every event of every plugin, besides the plugins. */
export interface EventRelay {
  /** Must not throw. */
  relay(event: PublishedEvent): void;
}

/** What the bus lends to its publishers. */
export interface PublisherPorts {
  readonly dispatcher: Dispatcher;
  /** Asked at each event, because the relay may come later than the publisher. */
  readonly relay: () => EventRelay | undefined;
  readonly routeFor: (contract: EventContractDetails, eventClass: EventClass | undefined) => PublishRoute;
}

export interface PublisherRights {
  readonly name: string;
  /** The declared events by name; the class where one was declared. */
  readonly declared: ReadonlyMap<string, EventClass | undefined>;
  /** Further names without a declaration: the host's own, which all begin with its name. */
  readonly mayPublish: (name: string) => boolean;
}

const ACCEPTED = Promise.resolve();

export class Publisher extends PluginEvents {
  readonly #routesByName = new Map<string, PublishRoute>();
  readonly #routesByClass = new Map<unknown, PublishRoute>();

  constructor(
    private readonly rights: PublisherRights,
    private readonly ports: PublisherPorts,
  ) {
    super();
  }

  override publish(event: object | string, payload?: unknown): Promise<void> {
    try {
      const unit = activeUnit();
      if (unit) this.#stage(unit, event, payload);
      else this.#accept(event, payload);
      return ACCEPTED;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  override publishAndWait(event: object | string, payload?: unknown): Promise<DeliveryOutcome[]> {
    try {
      return this.#acceptAndWait(event, payload);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #accept(event: object | string, payload: unknown): void {
    const route = this.#routeOf(event);
    this.#dispatch(route, event, payload, route.table, undefined);
  }

  /** Checks it now, while the publisher can still be told, and lets it go once the unit is committed. */
  #stage(unit: UnitOfWork, event: object | string, payload: unknown): void {
    const route = this.#routeOf(event);
    route.validate(typeof event === 'string' ? route.payloadOf(payload) : event);
    unit.onCommitted(() => this.#accept(event, payload));
  }

  #acceptAndWait(event: object | string, payload: unknown): Promise<DeliveryOutcome[]> {
    const route = this.#routeOf(event);
    const { table } = route;
    const report = new DeliveryReport(table.expected);
    this.#dispatch(route, event, payload, table, report);
    return report.complete();
  }

  #dispatch(route: PublishRoute, event: object | string, payload: unknown, table: DispatchTable, report: DeliveryReport | undefined): void {
    const given = typeof event === 'string' ? route.payloadOf(payload) : event;
    route.validate(given);
    const published = this.ports.dispatcher.dispatch(route.origin, given, table, report);
    route.counter.count++;
    this.ports.relay()?.relay(published);
  }

  #routeOf(event: object | string): PublishRoute {
    if (typeof event === 'string') return this.#routesByName.get(event) ?? this.#openNamed(event);
    const eventClass: unknown = event?.constructor;
    return this.#routesByClass.get(eventClass) ?? this.#openClass(eventClass);
  }

  #openNamed(name: string): PublishRoute {
    this.#assertDeclared(name);
    const eventClass = this.rights.declared.get(name);
    const route = this.ports.routeFor(readContract(eventClass) ?? { name, version: 1 }, eventClass);
    this.#routesByName.set(name, route);
    return route;
  }

  #openClass(eventClass: unknown): PublishRoute {
    const contract = readContract(eventClass);
    if (!contract) {
      const what = typeof eventClass === 'function' ? `an instance of "${eventClass.name}"` : 'a value without a class';
      throw new EventContractError(
        `Plugin "${this.rights.name}" published ${what}, which has no @EventContract`,
        'Decorate its class with @EventContract, or publish a name and a payload.',
      );
    }
    this.#assertDeclared(contract.name);
    // `readContract` gives a contract for classes only.
    const route = this.ports.routeFor(contract, eventClass as EventClass);
    this.#routesByClass.set(eventClass, route);
    return route;
  }

  #assertDeclared(name: string): void {
    const isDeclared = this.rights.declared.has(name) || this.rights.mayPublish(name);
    if (!isDeclared) throw new EventNotDeclaredError(this.rights.name, name);
  }
}
