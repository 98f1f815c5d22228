/** Events that ordinary Nest code emits, on their way to the handlers of plugins. */
import { activeContextStorage } from '../../telemetry/index.js';
import { DeliveryReport, type DeliveryOutcome } from '../event/delivery-report.js';
import type { Handler } from '../handlers/handler.js';
import type { PublishCounter } from '../event-counters.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import { DispatchTable } from '../subscriptions/dispatch-tables.js';
import type { Publishing } from './publishing.js';
import type { Emission } from '../event/published-event.js';

/** The source of what is emitted. */
const APPLICATION = 'application';

export class ApplicationEvents {
  readonly #counter: PublishCounter;

  constructor(private readonly publishing: Publishing) {
    this.#counter = publishing.counters.publishCounter(APPLICATION, '*');
  }

  /**
   * Gives an event to the handlers with the decorator of this package. Those with the decorator of `@nestjs/event-emitter` are listeners of the emitter
   * itself, which calls them by `emitTo`. Resolves once every handler is done.
   *
   * @throws EventDepthError when too many events have caused each other
   */
  accept(name: string, payload: unknown): Promise<DeliveryOutcome[]> {
    const { dispatcher, tables } = this.publishing;
    const all = tables.tableFor(name);
    if (all.groups.length === 0 && all.durable.length === 0) return Promise.resolve([]);
    const table = all.withoutEmitterListeners;
    const report = new DeliveryReport(table.expected);
    if (table.durable.length > 0) return this.#store(name, payload, table, report);
    dispatcher.dispatch({ name, version: 1, source: APPLICATION }, payload, table, report);
    this.#counter.count++;
    return report.complete();
  }

  /**
   * Calls one handler at once, as an emitter calls a listener. Resolves with what its method returned, and with `undefined` where the delivery ended
   * without that. Rejects with what the method threw, where it says `suppressErrors: false`.
   *
   * @throws EventDepthError when too many events have caused each other
   */
  emitTo(handler: Handler, name: string, values: readonly unknown[]): Promise<unknown> {
    const { plugin } = handler;
    const emission: Emission = { values, results: [], failures: [] };
    const table = new DispatchTable([{ plugin, handlers: [handler] }], []);
    const report = new DeliveryReport(table.expected);
    const event = this.publishing.dispatcher.begin(
      { name, version: 1, source: APPLICATION, emission },
      values[0],
      table,
      report,
    );
    activeContextStorage.run(new DeliveryScope(event, plugin), () => handler.deliver(event));
    return resultOf(emission, report.complete());
  }

  async #store(
    name: string,
    payload: unknown,
    table: DispatchTable,
    report: DeliveryReport,
  ): Promise<DeliveryOutcome[]> {
    const { dispatcher, durable } = this.publishing;
    const event = dispatcher.begin({ name, version: 1, source: APPLICATION }, payload, table, report);
    const how = { eventClass: undefined, priority: 'normal', options: {}, subscriptions: table.durable } as const;
    await durable.publish({ event, deliver: () => dispatcher.send(event, table), ...how });
    this.#counter.count++;
    return report.complete();
  }
}

async function resultOf({ results, failures }: Emission, ended: Promise<unknown>): Promise<unknown> {
  await ended;
  if (failures.length > 0) throw failures[0];
  return results[0];
}
