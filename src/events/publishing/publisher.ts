/** Publishes in the name of one plugin: finds the route of an event, checks it, and hands it to the dispatcher. */
import type { EventClass } from '../../plugin/index.js';
import { EVENT_PRIORITIES, readContract } from '../contracts/event-contract.metadata.js';
import { DeliveryReport } from '../event/delivery-report.js';
import { pathOfSecret, SECRET_IN_EVENT } from '../contracts/secret-in-event.js';
import { EventContractError, EventInvalidError, EventNotDeclaredError } from '../events.errors.js';
import { activeUnit, type UnitOfWork } from '../unit/unit-of-work.js';
import { PluginEvents, type PublishOptions } from '../plugin-events.js';
import type { DeliveryOutcome } from '../event/delivery-report.js';
import type { DispatchTable } from '../subscriptions/dispatch-tables.js';
import type { PublishRoute } from './publish-route.js';
import type { Publishing } from './publishing.js';

/** What `publish` was given besides the event's name. */
interface StoredPublish {
  readonly given: unknown;
  readonly table: DispatchTable;
  readonly options: PublishOptions;
  readonly unit: UnitOfWork | undefined;
}

export interface PublisherRights {
  readonly name: string;
  /** The declared events by name; the class where one was declared. */
  readonly declared: ReadonlyMap<string, EventClass | undefined>;
  /** Further names without a declaration: the host's own, which all begin with its name. */
  readonly mayPublish: (name: string) => boolean;
}

const ACCEPTED = Promise.resolve();
const NO_OPTIONS: PublishOptions = Object.freeze({});

export class Publisher extends PluginEvents {
  readonly #routesByName = new Map<string, PublishRoute>();
  readonly #routesByClass = new Map<unknown, PublishRoute>();

  constructor(
    private readonly rights: PublisherRights,
    private readonly publishing: Publishing,
  ) {
    super();
  }

  override publish(event: object | string, second?: unknown, third?: PublishOptions): Promise<void> {
    try {
      const route = this.#routeOf(event);
      const { table } = route;
      // What stands behind a name is its payload; behind an event there are only options.
      const options = typeof event === 'string' ? third : (second as PublishOptions | undefined);
      const unit = activeUnit();
      if (options !== undefined || unit !== undefined || table.durable.length > 0) {
        return this.#publishWith(route, {
          given: this.#given(route, event, second),
          table,
          options: options ?? NO_OPTIONS,
          unit,
        });
      }
      this.#dispatch(route, event, second, table, undefined);
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

  /** The way of an event that is stored, staged, or delivered later. */
  #publishWith(route: PublishRoute, { given: payload, table, options, unit }: StoredPublish): Promise<void> {
    route.validate(payload);
    assertOptions(this.rights.name, route.origin.name, options);
    const { dispatcher } = this.publishing;
    const event = dispatcher.begin(route.origin, payload, table, undefined, options.id);
    route.counter.count++;
    const deliver = (): void => {
      dispatcher.send(event, route.table);
      this.publishing.relay?.relay(event);
    };
    const { priority = route.priority, delayMs = 0, deduplicationKey, id } = options;
    if (table.durable.length > 0 || delayMs > 0 || deduplicationKey !== undefined || id !== undefined) {
      const publication = {
        event,
        eventClass: route.eventClass,
        priority,
        options,
        subscriptions: table.durable,
        deliver,
      };
      const { durable } = this.publishing;
      return unit ? durable.stage(unit, publication) : durable.publish(publication);
    }
    if (unit) unit.onCommitted(deliver);
    else deliver();
    return ACCEPTED;
  }

  #acceptAndWait(event: object | string, payload: unknown): Promise<DeliveryOutcome[]> {
    const route = this.#routeOf(event);
    const { table } = route;
    const report = new DeliveryReport(table.expected);
    if (table.durable.length > 0) return this.#storeAndWait(route, this.#given(route, event, payload), table, report);
    this.#dispatch(route, event, payload, table, report);
    return report.complete();
  }

  async #storeAndWait(
    route: PublishRoute,
    payload: unknown,
    table: DispatchTable,
    report: DeliveryReport,
  ): Promise<DeliveryOutcome[]> {
    route.validate(payload);
    const { dispatcher, durable } = this.publishing;
    const event = dispatcher.begin(route.origin, payload, table, report);
    const deliver = (): void => dispatcher.send(event, table);
    const { priority, eventClass } = route;
    await durable.publish({
      event,
      eventClass,
      priority,
      options: NO_OPTIONS,
      subscriptions: table.durable,
      deliver,
    });
    route.counter.count++;
    this.publishing.relay?.relay(event);
    return report.complete();
  }

  #dispatch(
    route: PublishRoute,
    event: object | string,
    payload: unknown,
    table: DispatchTable,
    report: DeliveryReport | undefined,
  ): void {
    const instance = this.#given(route, event, payload);
    route.validate(instance);
    const dispatched = this.publishing.dispatcher.dispatch(route.origin, instance, table, report);
    route.counter.count++;
    this.publishing.relay?.relay(dispatched);
  }

  /** What was given, as an instance of the event's class where there is one. */
  #given(route: PublishRoute, event: object | string, payload: unknown): unknown {
    const isNamed = typeof event === 'string';
    const path = pathOfSecret(isNamed ? payload : event);
    if (path !== undefined)
      throw new EventInvalidError(this.rights.name, route.origin.name, [`${path}: ${SECRET_IN_EVENT}`]);
    if (isNamed) return route.payloadOf(payload);
    return route.isTyped ? route.payloadOf(event) : event;
  }

  #routeOf(event: object | string): PublishRoute {
    if (typeof event === 'string') return this.#routesByName.get(event) ?? this.#openNamed(event);
    const eventClass: unknown = event?.constructor;
    return this.#routesByClass.get(eventClass) ?? this.#openClass(eventClass);
  }

  #openNamed(name: string): PublishRoute {
    this.#assertDeclared(name);
    const eventClass = this.rights.declared.get(name);
    const route = this.publishing.routeFor(
      this.rights.name,
      readContract(eventClass) ?? { name, version: 1 },
      eventClass,
    );
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
    const route = this.publishing.routeFor(this.rights.name, contract, eventClass as EventClass);
    this.#routesByClass.set(eventClass, route);
    return route;
  }

  #assertDeclared(name: string): void {
    const isDeclared = this.rights.declared.has(name) || this.rights.mayPublish(name);
    if (!isDeclared) throw new EventNotDeclaredError(this.rights.name, name);
  }
}

/** Ids stand in logs and in keys of the store. */
const ID = /^\P{Cc}{1,200}$/u;

/** A plugin may be plain JavaScript. */
function assertOptions(
  plugin: string,
  event: string,
  { delayMs, priority, deduplicationKey, id }: PublishOptions,
): void {
  const isDelayFine = delayMs === undefined || (Number.isSafeInteger(delayMs) && delayMs >= 0);
  const isPriorityFine = priority === undefined || EVENT_PRIORITIES.includes(priority);
  const isKeyFine =
    deduplicationKey === undefined || (typeof deduplicationKey === 'string' && deduplicationKey.isWellFormed());
  const isIdFine = id === undefined || (typeof id === 'string' && ID.test(id) && id.isWellFormed());
  if (isDelayFine && isPriorityFine && isKeyFine && isIdFine) return;
  const isFine = { delayMs: isDelayFine, priority: isPriorityFine, deduplicationKey: isKeyFine, id: isIdFine };
  const wrong = Object.entries(isFine).flatMap(([option, fine]) => (fine ? [] : [option]));
  throw new EventContractError(
    `Plugin "${plugin}" published "${event}" with invalid options: ${wrong.join(', ')}`,
    `\`delayMs\` is a whole number from 0, \`priority\` one of ${EVENT_PRIORITIES.join(', ')}, \`deduplicationKey\` a text, \`id\` a text of 1 to 200 printable characters.`,
  );
}
