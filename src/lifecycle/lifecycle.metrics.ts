/** Counts starts and failures of plugins, and shows the state of each. */
import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

@Injectable()
export class LifecycleMetrics {
  readonly #starts: Counter<'plugin'>;
  readonly #failures: Counter<'plugin'>;
  readonly #durations: Histogram<'plugin'>;

  constructor(private readonly registry: Registry) {
    const registers = [registry];
    this.#starts = new Counter({
      name: 'panotti_plugin_starts_total',
      help: 'Starts that ended ready.',
      labelNames: ['plugin'],
      registers,
    });
    this.#failures = new Counter({
      name: 'panotti_plugin_start_failures_total',
      help: 'Starts that failed for good.',
      labelNames: ['plugin'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'panotti_plugin_start_duration_seconds',
      help: 'Time from the start of a plugin, its dependencies being ready, until it was ready.',
      labelNames: ['plugin'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    });
  }

  /** Publishes the running version, for dashboards that compare releases: always 1. */
  describeBuild(version: string): void {
    const info = new Gauge({
      name: 'panotti_build_info',
      help: 'The version of Panotti, and of Node, that runs; always 1.',
      labelNames: ['version', 'node'],
      registers: [this.registry],
    });
    info.set({ version, node: process.versions.node }, 1);
  }

  started(plugin: string, durationMs: number): void {
    this.#starts.inc({ plugin });
    this.#durations.observe({ plugin }, durationMs / 1000);
  }

  failed(plugin: string): void {
    this.#failures.inc({ plugin });
  }

  /** Asks for the states when metrics are collected: 1 for the state that a plugin is in. */
  watchStates(states: () => Iterable<{ readonly plugin: string; readonly state: string }>): void {
    const gauge = new Gauge({
      name: 'panotti_plugin_state',
      help: 'The state of each plugin: 1 for the one that it is in.',
      labelNames: ['plugin', 'state'],
      registers: [this.registry],
      collect: () => {
        gauge.reset();
        for (const { plugin, state } of states()) gauge.set({ plugin, state }, 1);
      },
    });
  }
}
