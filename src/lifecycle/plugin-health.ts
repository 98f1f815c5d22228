/** Carries what the health checks of a plugin say over to its state: `degraded` while one of them fails, `ready` when all are well again. */
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HealthIndicators } from '../health/index.js';
import { Orchestrator } from './orchestrator.js';
import { PluginGraph } from './plugin-graph.js';

/** Begins with its construction; ends with the application. */
@Injectable()
export class PluginHealth implements OnModuleDestroy {
  readonly #subscription: Disposable;

  constructor(indicators: HealthIndicators, graph: PluginGraph, orchestrator: Orchestrator) {
    this.#subscription = indicators.onChange((plugin, isHealthy) =>
      orchestrator.setHealth(graph.get(plugin), isHealthy ? 'well' : 'unwell'),
    );
  }

  onModuleDestroy(): void {
    this.#subscription[Symbol.dispose]();
  }
}
