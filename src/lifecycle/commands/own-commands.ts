/**
 * Commands that a plugin gives in its own work: a request, a handler, a job, a hook. The stop of a plugin waits for its work, so that work
 * must not wait for the stop. It goes on as soon as the plugin is to go down, and the command is carried out without it.
 */
import { Injectable, Logger } from '@nestjs/common';
import { messageOf } from '../../common/index.js';
import { waitingPublishers } from '../../events/index.js';
import { activeContext, activeContextStorage } from '../../telemetry/index.js';
import { ConfigurationReloadError, PluginCommandError, ReloadUnfinishedError } from '../lifecycle.errors.js';
import { Orchestrator } from '../orchestration/orchestrator.js';
import { PluginGraph } from '../orchestration/plugin-graph.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import type { CommandResult, PluginCommandName } from './plugin-command.js';
import { planCommand } from './plugin-plan.js';

const ASK_LATER = 'Ask for it once that plugin is ready, such as in a request or a handler of it.';

@Injectable()
export class OwnCommands {
  readonly #logger = new Logger('PluginCommands');

  constructor(
    private readonly graph: PluginGraph,
    private readonly orchestrator: Orchestrator,
  ) {}

  /**
   * Carries a command out, outside of the caller's context. Where the caller goes down with it, the result is that of its beginning.
   *
   * @throws PluginCommandError in the start of a plugin that the command would wait for, and what the command throws
   */
  async carryOut(
    command: PluginCommandName,
    name: string,
    action: () => Promise<CommandResult>,
  ): Promise<CommandResult> {
    const callers = this.#callers();
    if (callers.length === 0) return action();
    const runtime = this.graph.get(name);
    this.#assertNoneStarts(callers, command, runtime);
    const plan = planCommand(command, runtime, this.graph);
    const ended = activeContextStorage.exit(action);
    const result = await this.orchestrator.unlessGoingDown(callers, ended);
    if (result) return result;
    ended.catch((error: unknown) => this.#logger.error(messageOf(error)));
    const { state, reason } = runtime.machine;
    return { plan, state, reason, durationMs: 0 };
  }

  /**
   * The same for a reload of the configuration.
   *
   * @throws ConfigurationReloadError in the start of a plugin, and what the reload throws
   * @throws ReloadUnfinishedError when a caller goes down with it; `report` is told the end of it then
   */
  async reload<T>(action: () => Promise<T>, report: (ended: Promise<T>) => unknown): Promise<T> {
    const callers = this.#callers();
    const starting = callers.find(({ machine }) => machine.state === 'starting');
    if (starting)
      throw new ConfigurationReloadError(
        `plugin "${starting.name}" asks for it while it starts, and would wait for itself`,
        ASK_LATER,
      );
    if (callers.length === 0) return action();
    const ended = activeContextStorage.exit(action);
    const outcome = await this.orchestrator.unlessGoingDown(
      callers,
      ended.then((result) => ({ result })),
    );
    if (outcome) return outcome.result;
    report(ended);
    throw new ReloadUnfinishedError(callers.map(({ name }) => name));
  }

  /** Waits for what concerns all plugins, as far as no caller would wait for itself. */
  async wait(action: () => Promise<void>): Promise<void> {
    const callers = this.#callers();
    const isStarting = callers.some(({ machine }) => machine.state === 'starting');
    const ended = activeContextStorage.exit(action);
    if (!isStarting) await (callers.length === 0 ? ended : this.orchestrator.unlessGoingDown(callers, ended));
  }

  /** The plugin whose code runs, and those that wait for it. */
  #callers(): PluginRuntime[] {
    const names = new Set([activeContext()?.plugin, ...waitingPublishers()]);
    return [...names].flatMap((name) => (name === undefined ? [] : (this.graph.find(name) ?? [])));
  }

  /** A stop ends the start; everything else waits until all that depends on the plugin has settled. */
  #assertNoneStarts(callers: readonly PluginRuntime[], command: PluginCommandName, runtime: PluginRuntime): void {
    if (command === 'stop' || command === 'disable') return;
    const awaited = this.graph.withDependents([runtime]);
    const starting = callers.find((caller) => {
      return caller.machine.state === 'starting' && !this.graph.withDependents([caller]).isDisjointFrom(awaited);
    });
    if (!starting) return;
    const what = `plugin "${starting.name}" asks for it while it starts, and would wait for itself`;
    throw new PluginCommandError(command, runtime.name, what, ASK_LATER);
  }
}
