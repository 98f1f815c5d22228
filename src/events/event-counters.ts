/** Everything that the events room counts. Counters outlive a restart of their plugin, because Prometheus expects them to only grow. */
import { HandlerCounters } from './handler-counters.js';

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
