/** Hands one event to every handler of its name. This is the path that `bench/dispatch` measures. */
import type { Clock } from '../../common/index.js';
import { activeContextStorage } from '../../telemetry/index.js';
import type { DeliveryReport } from '../delivery/delivery-report.js';
import { EventDepthError } from '../events.errors.js';
import { DeliveryScope } from './delivery-scope.js';
import type { DispatchTable } from './dispatch-tables.js';
import { EventIds } from './event-ids.js';
import { causesOf, PublishedEvent, type EventOrigin } from './published-event.js';

/** Measures one event in sixteen of a name, beginning with the first: two looks at the clock for each handler would double the cost. */
const MEASURED_MASK = 15;

export class Dispatcher {
  readonly #ids = new EventIds();

  constructor(
    private readonly clock: Clock,
    private readonly depthLimit: number,
  ) {}

  /** @throws EventDepthError when too many events have caused each other */
  begin(origin: EventOrigin, payload: unknown): PublishedEvent {
    const active = activeContextStorage.getStore();
    const cause = DeliveryScope.eventOf(active);
    if (cause !== undefined && cause.depth >= this.depthLimit) {
      throw new EventDepthError(origin.source, this.depthLimit, causesOf(origin.name, cause));
    }
    const time = this.clock.now();
    const id = this.#ids.next(time);
    if (active === undefined) return new PublishedEvent(origin, payload, id, time, id, undefined, undefined, undefined);
    return new PublishedEvent(origin, payload, id, time, active.correlationId ?? id, active.eventId, active.traceparent, cause);
  }

  /** Calls each handler up to its first `await`, in the context of its plugin. Never throws. */
  dispatch(event: PublishedEvent, table: DispatchTable, report: DeliveryReport | undefined): void {
    const { groups } = table;
    if (groups.length === 0) return;
    const startedMs = (table.uses++ & MEASURED_MASK) === 0 ? this.clock.monotonicMs() : 0;
    const outer = activeContextStorage.getStore();
    let index = 0;
    // `run` would go back to the outer context after each plugin; entering a context is the dearest step of all.
    for (const { plugin, handlers } of groups) {
      activeContextStorage.enterWith(new DeliveryScope(event, plugin));
      for (const handler of handlers) handler.deliver(event, startedMs, report, index++);
    }
    // The type knows no way out; `run` itself leaves the same way.
    activeContextStorage.enterWith(outer as NonNullable<typeof outer>);
  }
}
