/**
 * Everything that the events room counts. Counters outlive a restart of their plugin, because Prometheus expects them
 * to only grow.
 */
import type { DeliveryOutcome } from './event/delivery-report.js';

/** How often one plugin published one event. */
export interface PublishCounter {
  readonly plugin: string;
  readonly event: string;
  count: number;
}

/** How many deliveries of one plugin were dropped around its restarts. */
export interface DropCounter {
  readonly plugin: string;
  count: number;
}

/** Upper bounds of the buckets of handler durations, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

export class HandlerCounters {
  handled = 0;
  failed = 0;
  timedOut = 0;
  abandoned = 0;
  retried = 0;
  durationCount = 0;
  durationSum = 0;
  /** Not cumulated; what is longer than the last bound is only in `durationCount`. */
  readonly durationBuckets: number[] = DURATION_BOUNDS.map(() => 0);

  constructor(
    readonly plugin: string,
    readonly handler: string,
    /** The name or pattern that it is subscribed to. */
    readonly event: string,
  ) {}

  ended(result: DeliveryOutcome['status']): void {
    if (result === 'handled') this.handled++;
    else if (result === 'failed') this.failed++;
    else if (result === 'timed-out') this.timedOut++;
    else this.abandoned++;
  }

  measured(durationMs: number): void {
    const seconds = durationMs / 1_000;
    this.durationCount++;
    this.durationSum += seconds;
    const bucket = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.durationBuckets[bucket] = (this.durationBuckets[bucket] ?? 0) + 1;
  }
}

export class EventCounters {
  readonly #published = new Map<string, PublishCounter>();
  readonly #handlers = new Map<string, HandlerCounters>();
  readonly #dropped = new Map<string, DropCounter>();

  /** The counter for events of one name from one source. */
  publishCounter(plugin: string, event: string): PublishCounter {
    const key = `${plugin} ${event}`;
    const counter = this.#published.get(key) ?? { plugin, event, count: 0 };
    this.#published.set(key, counter);
    return counter;
  }

  /** The counters for one subscription of a plugin. */
  handlerCounters(plugin: string, handler: string, event: string): HandlerCounters {
    const key = `${plugin} ${handler} ${event}`;
    const counters = this.#handlers.get(key) ?? new HandlerCounters(plugin, handler, event);
    this.#handlers.set(key, counters);
    return counters;
  }

  dropCounter(plugin: string): DropCounter {
    const counter = this.#dropped.get(plugin) ?? { plugin, count: 0 };
    this.#dropped.set(plugin, counter);
    return counter;
  }

  published(): Iterable<PublishCounter> {
    return this.#published.values();
  }

  handlers(): Iterable<HandlerCounters> {
    return this.#handlers.values();
  }

  /** One for each plugin that has restarted. */
  dropped(): Iterable<DropCounter> {
    return this.#dropped.values();
  }
}
