/** Shows the counters of the events room in prom-client's registry. They are plain numbers until the registry is scraped. */
import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from 'prom-client';
import type { EventCounters } from './event-counters.js';
import { DURATION_BOUNDS, type HandlerCounters } from './event-counters.js';

type HandlerLabel = 'plugin' | 'handler' | 'event';

/** Asked at each scrape, by plugin. */
export interface DeliveryGauges {
  /** Deliveries that run or wait. */
  readonly open: () => ReadonlyMap<string, number>;
  /** Deliveries that are held for a plugin that restarts. */
  readonly held: () => ReadonlyMap<string, number>;
}

export function registerEventMetrics(registry: Registry, counters: EventCounters, gauges: DeliveryGauges): void {
  registry.registerMetric(publishedTotal(counters));
  registry.registerMetric(deliveriesTotal(counters));
  registry.registerMetric(retriesTotal(counters));
  registry.registerMetric(droppedTotal(counters));
  registry.registerMetric(gaugeByPlugin('panotti_event_deliveries_open', 'Deliveries that run or wait', gauges.open));
  registry.registerMetric(
    gaugeByPlugin('panotti_events_held', 'Deliveries held for a plugin that restarts', gauges.held),
  );
  registry.registerMetric(new HandlerDurations(counters));
}

function publishedTotal(counters: EventCounters): Counter<'plugin' | 'event'> {
  return new Counter({
    name: 'panotti_events_published_total',
    help: 'Events accepted, by publisher',
    labelNames: ['plugin', 'event'],
    registers: [],
    collect() {
      this.reset();
      for (const { plugin, event, count } of counters.published()) this.inc({ plugin, event }, count);
    },
  });
}

function deliveriesTotal(counters: EventCounters): Counter<HandlerLabel | 'outcome'> {
  return new Counter({
    name: 'panotti_event_deliveries_total',
    help: 'Deliveries that ended, by handler and outcome',
    labelNames: ['plugin', 'handler', 'event', 'outcome'],
    registers: [],
    collect() {
      this.reset();
      for (const counter of counters.handlers()) {
        const labels = labelsOf(counter);
        this.inc({ ...labels, outcome: 'handled' }, counter.handled);
        this.inc({ ...labels, outcome: 'failed' }, counter.failed);
        this.inc({ ...labels, outcome: 'timed-out' }, counter.timedOut);
        this.inc({ ...labels, outcome: 'abandoned' }, counter.abandoned);
      }
    },
  });
}

function retriesTotal(counters: EventCounters): Counter<HandlerLabel> {
  return new Counter({
    name: 'panotti_event_retries_total',
    help: 'Failed attempts that were followed by another one',
    labelNames: ['plugin', 'handler', 'event'],
    registers: [],
    collect() {
      this.reset();
      for (const counter of counters.handlers()) this.inc(labelsOf(counter), counter.retried);
    },
  });
}

function droppedTotal(counters: EventCounters): Counter<'plugin'> {
  return new Counter({
    name: 'panotti_events_dropped_total',
    help: 'Deliveries dropped around a restart of their plugin, because they did not fit, had no handler any more or the plugin did not come back',
    labelNames: ['plugin'],
    registers: [],
    collect() {
      this.reset();
      for (const { plugin, count } of counters.dropped()) this.inc({ plugin }, count);
    },
  });
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
      labelNames: ['plugin', 'handler', 'event'],
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
