/** The first start of all plugins, once the application's own modules are complete. */
import { Injectable, Logger } from '@nestjs/common';
import { EventBus } from '../events/index.js';
import { ApplicationModules } from '../nest/index.js';
import { OperatorDecisions } from './commands/operator-decisions.js';
import { Orchestrator } from './orchestration/orchestrator.js';
import { PluginGraph } from './orchestration/plugin-graph.js';
import { startReport } from './orchestration/state-reasons.js';

@Injectable()
export class FirstStart {
  constructor(
    private readonly application: ApplicationModules,
    private readonly decisions: OperatorDecisions,
    private readonly bus: EventBus,
    private readonly orchestrator: Orchestrator,
    private readonly graph: PluginGraph,
  ) {}

  /**
   * Resolves once each plugin is up or known not to be.
   *
   * @param ending aborts when the server is to end
   * @returns false if the server ends before any plugin was started
   */
  async run(ending: AbortSignal): Promise<boolean> {
    this.application.remember();
    await this.#restore(ending);
    if (ending.aborted) return false;
    this.bus.reportStranded(this.graph.all().map(({ name }) => name));
    await this.orchestrator.startAll();
    const report = ending.aborted ? undefined : startReport(this.graph.all());
    if (report) new Logger('PluginHost').warn(report);
    return true;
  }

  /** A stop that comes first closes the store, and then there is nothing to be restored for. */
  async #restore(ending: AbortSignal): Promise<void> {
    if (ending.aborted) return;
    try {
      await this.decisions.restore(this.graph.all());
    } catch (error) {
      if (!ending.aborted) throw error;
    }
  }
}
