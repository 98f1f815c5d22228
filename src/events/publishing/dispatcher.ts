/** Hands one event to every handler of its name. This is the path that `bench/dispatch` measures. */
import type { Clock } from '../../common/index.js';
import { activeContextStorage } from '../../telemetry/index.js';
import type { DeliveryReport } from '../event/delivery-report.js';
import { EventDepthError } from '../events.errors.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import type { DispatchTable } from '../subscriptions/dispatch-tables.js';
import { EventIds } from '../event/event-ids.js';
import { causesOf, PublishedEvent, type EventOrigin } from '../event/published-event.js';

/** Measures one event in sixteen of a name, beginning with the first: two looks at the clock for each handler would double the cost. */
const MEASURED_MASK = 15;

export class Dispatcher {
  readonly #ids = new EventIds();

  constructor(
    private readonly clock: Clock,
    private readonly depthLimit: number,
  ) {}

  /**
   * Makes the event, and calls its handlers in a turn of their own, right after the publisher's: no handler delays its publisher.
   *
   * @throws EventDepthError when too many events have caused each other
   */
  dispatch(
    origin: EventOrigin,
    payload: unknown,
    table: DispatchTable,
    report: DeliveryReport | undefined,
  ): PublishedEvent {
    const event = this.begin(origin, payload, table, report);
    this.send(event, table);
    return event;
  }

  /** Calls the handlers of an event that was begun. */
  send(event: PublishedEvent, table: DispatchTable): void {
    // The job of a promise keeps every async context of the publisher, and its own ends with it.
    if (table.groups.length > 0) void RESOLVED.then(() => deliver(event, table));
  }

  /** Makes the event, and calls no handler yet. @param ownId given by the publisher @throws EventDepthError */
  begin(
    origin: EventOrigin,
    payload: unknown,
    table: DispatchTable,
    report: DeliveryReport | undefined,
    ownId?: string,
  ): PublishedEvent {
    const outer = activeContextStorage.getStore();
    const cause = DeliveryScope.eventOf(outer);
    if (cause !== undefined && cause.depth >= this.depthLimit) {
      throw new EventDepthError(origin.source, this.depthLimit, causesOf(origin.name, cause));
    }
    const time = this.clock.now();
    const id = ownId ?? this.#ids.next(time);
    const startedMs = (table.uses++ & MEASURED_MASK) === 0 ? this.clock.monotonicMs() : 0;
    return new PublishedEvent({
      origin,
      payload,
      id,
      time,
      correlationId: outer?.correlationId ?? id,
      causationId: outer?.eventId,
      traceparent: outer?.traceparent,
      cause,
      report,
      startedMs,
      depth: cause === undefined ? 1 : cause.depth + 1,
      storedCauses: undefined,
    });
  }
}

const RESOLVED = Promise.resolve();

/**
 * Calls each handler up to its first `await`, in the context of its plugin; no error comes out of here. Contexts are entered and never left, because
 * the turn ends here, and entering one is the most expensive step of a delivery.
 */
function deliver(event: PublishedEvent, table: DispatchTable): void {
  for (const { plugin, handlers } of table.groups) {
    activeContextStorage.enterWith(new DeliveryScope(event, plugin));
    for (const handler of handlers) handler.deliver(event);
  }
}
