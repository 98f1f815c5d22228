/**
 * Makes a plugin `degraded` while one of its health checks fails, or while events wait that it is too old for, and `ready` when all is well
 * again.
 */
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { EventBus } from '../../events/index.js';
import { HealthIndicators } from '../../health/index.js';
import { Orchestrator } from '../orchestration/orchestrator.js';
import { PluginGraph } from '../orchestration/plugin-graph.js';
import type { HealthSource } from '../orchestration/plugin-runtime.js';

const CHECK_FAILS = 'A health check of its own fails.';

/** Begins with its construction; ends with the application. */
@Injectable()
export class PluginHealth implements OnModuleDestroy {
  readonly #subscriptions = new DisposableStack();

  constructor(indicators: HealthIndicators, graph: PluginGraph, orchestrator: Orchestrator, bus: EventBus) {
    const told = (plugin: string, source: HealthSource, reason: string | undefined): void => {
      // The host has subscriptions too, and so have plugins that are no longer installed.
      const runtime = graph.find(plugin);
      if (runtime) orchestrator.setHealth(runtime, source, reason);
    };
    const checked = (plugin: string, isHealthy: boolean): void =>
      told(plugin, 'checks', isHealthy ? undefined : CHECK_FAILS);
    this.#subscriptions.use(indicators.onChange(checked));
    const { parked } = bus;
    if (parked)
      this.#subscriptions.use(parked.onChange((plugin) => told(plugin, 'events', parked.degradation(plugin))));
  }

  onModuleDestroy(): void {
    this.#subscriptions.dispose();
  }
}
