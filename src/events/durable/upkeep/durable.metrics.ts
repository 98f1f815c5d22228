/** Shows how durable subscriptions fare in prom-client's registry. The store is asked when the registry is scraped, never before. */
import { Gauge, type Registry } from 'prom-client';

export interface SubscriptionFigures {
  readonly subscription: string;
  readonly plugin: string;
  readonly backlog: number;
  /** Events of the backlog that its handler is too old for. */
  readonly parked: number;
  readonly deadLetters: number;
  /** Age of the oldest event that waits, in the log or in a record, in milliseconds. */
  readonly oldestAgeMs: number;
}

type Label = 'subscription' | 'plugin';

export function registerDurableMetrics(
  registry: Registry,
  figures: () => Promise<readonly SubscriptionFigures[]>,
): void {
  const gauge = (name: string, help: string, valueOf: (figure: SubscriptionFigures) => number): Gauge<Label> =>
    new Gauge({
      name,
      help,
      labelNames: ['subscription', 'plugin'],
      registers: [],
      async collect() {
        const current = await figures();
        this.reset();
        for (const figure of current)
          this.set({ subscription: figure.subscription, plugin: figure.plugin }, valueOf(figure));
      },
    });
  const all = [
    gauge('panotti_durable_backlog', 'Events that wait for a durable subscription', ({ backlog }) => backlog),
    gauge('panotti_durable_parked', 'Events of a version that their handler does not know', ({ parked }) => parked),
    gauge('panotti_dead_letters', 'Deliveries that were given up', ({ deadLetters }) => deadLetters),
    gauge(
      'panotti_durable_oldest_age_seconds',
      'Age of the oldest event that waits: in the log, for its time, its key or its next attempt',
      ({ oldestAgeMs }) => oldestAgeMs / 1_000,
    ),
  ];
  for (const each of all) registry.registerMetric(each);
}
