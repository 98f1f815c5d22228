/** Shows the counters of the events room in prom-client's registry. They are plain numbers until the registry is scraped. */
import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from 'prom-client';
import { DURATION_BOUNDS, type EventCounters, type HandlerCounters } from './event-counters.js';

type HandlerLabel = 'plugin' | 'handler' | 'event';

/** Asked at each scrape, by plugin. */
export interface DeliveryGauges {
  /** Deliveries that run or wait. */
  readonly open: () => ReadonlyMap<string, number>;
  /** Deliveries that are held for a plugin that restarts. */
  readonly held: () => ReadonlyMap<string, number>;
}

export function registerEventMetrics(registry: Registry, counters: EventCounters, gauges: DeliveryGauges): void {
  const count = <Label extends string>(name: string, help: string, labelNames: Label[], rows: Rows<Label>): void =>
    registry.registerMetric(counter(name, help, labelNames, rows));
  count('panotti_events_published_total', 'Events accepted, by publisher', ['plugin', 'event'], () =>
    [...counters.published()].map(({ plugin, event, count: value }) => [{ plugin, event }, value]),
  );
  count('panotti_event_deliveries_total', 'Deliveries that ended, by handler and outcome', OUTCOME_LABELS, () =>
    [...counters.handlers()].flatMap(outcomesOf),
  );
  count('panotti_event_retries_total', 'Failed attempts that were followed by another one', HANDLER_LABELS, () =>
    [...counters.handlers()].map((handler) => [labelsOf(handler), handler.retried]),
  );
  count('panotti_events_dropped_total', DROPPED_HELP, ['plugin'], () =>
    [...counters.dropped()].map(({ plugin, count: value }) => [{ plugin }, value]),
  );
  registry.registerMetric(gaugeByPlugin('panotti_event_deliveries_open', 'Deliveries that run or wait', gauges.open));
  registry.registerMetric(
    gaugeByPlugin('panotti_events_held', 'Deliveries held for a plugin that restarts', gauges.held),
  );
  registry.registerMetric(new HandlerDurations(counters));
}

type Rows<Label extends string> = () => readonly (readonly [labels: Record<Label, string>, value: number])[];

const HANDLER_LABELS: HandlerLabel[] = ['plugin', 'handler', 'event'];
const OUTCOME_LABELS: (HandlerLabel | 'outcome')[] = [...HANDLER_LABELS, 'outcome'];

const DROPPED_HELP =
  'Deliveries dropped around a restart of their plugin, because they did not fit, had no handler any more or the plugin did not come back';

function counter<Label extends string>(
  name: string,
  help: string,
  labelNames: Label[],
  rows: Rows<Label>,
): Counter<Label> {
  return new Counter<Label>({
    name,
    help,
    labelNames,
    registers: [],
    collect() {
      this.reset();
      for (const [labels, value] of rows()) this.inc(labels, value);
    },
  });
}

function outcomesOf(handler: HandlerCounters) {
  const { handled, failed, timedOut, abandoned } = handler;
  const values = { handled, failed, 'timed-out': timedOut, abandoned };
  return Object.entries(values).map(([outcome, value]) => [{ ...labelsOf(handler), outcome }, value] as const);
}

function gaugeByPlugin(name: string, help: string, valueByPlugin: () => ReadonlyMap<string, number>): Gauge<'plugin'> {
  return new Gauge({
    name,
    help,
    labelNames: ['plugin'],
    registers: [],
    collect() {
      this.reset();
      for (const [plugin, count] of valueByPlugin()) this.set({ plugin }, count);
    },
  });
}

const DURATION_METRIC = {
  name: 'panotti_event_handler_duration_seconds',
  help: 'Time of one attempt of a handler; a sample of one event in sixteen for handlers without a policy',
};

/** A histogram whose buckets are kept elsewhere: `observe` costs as much as the delivery of an event. */
class HandlerDurations extends Histogram<HandlerLabel> {
  readonly #counters: EventCounters;

  constructor(counters: EventCounters) {
    super({
      ...DURATION_METRIC,
      labelNames: HANDLER_LABELS,
      buckets: [...DURATION_BOUNDS],
      registers: [],
    });
    this.#counters = counters;
  }

  override get(): Promise<MetricObjectWithValues<MetricValueWithName<HandlerLabel>>> {
    return this.getForPromString();
  }

  /** prom-client asks a histogram for this form when it makes the text page. */
  async getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<HandlerLabel>>> {
    const metric = {
      ...DURATION_METRIC,
      type: 'histogram',
      aggregator: 'sum',
      values: [...this.#counters.handlers()].flatMap(durationValues),
    };
    // The type of `type` is an enum that prom-client declares but does not export at run time.
    return metric as unknown as MetricObjectWithValues<MetricValueWithName<HandlerLabel>>;
  }
}

function durationValues(counters: HandlerCounters): MetricValueWithName<HandlerLabel>[] {
  const { name } = DURATION_METRIC;
  const labels = labelsOf(counters);
  let cumulated = 0;
  const buckets = counters.durationBuckets.map((count, index) => {
    cumulated += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: DURATION_BOUNDS[index] }, value: cumulated };
  });
  return [
    ...buckets,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: counters.durationCount },
    { metricName: `${name}_sum`, labels, value: counters.durationSum },
    { metricName: `${name}_count`, labels, value: counters.durationCount },
  ] as MetricValueWithName<HandlerLabel>[]; // prom-client's type of a label set has no room for `le`.
}

function labelsOf({ plugin, handler, event }: HandlerCounters): Record<HandlerLabel, string> {
  return { plugin, handler, event };
}
