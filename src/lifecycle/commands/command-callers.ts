/**
 * The plugins whose own work gives a command: a request, a handler, a job, a hook. The stop of a plugin waits for its work, so that work must
 * not wait for the stop. It goes on as soon as the plugin is to go down, and the command is carried out without it.
 */
import { Injectable } from '@nestjs/common';
import { waitingPublishers } from '../../events/index.js';
import { activeContext, activeContextStorage } from '../../telemetry/index.js';
import { ConfigurationReloadError, PluginCommandError, ReloadUnfinishedError } from '../lifecycle.errors.js';
import { Orchestrator } from '../orchestration/orchestrator.js';
import { PluginGraph } from '../orchestration/plugin-graph.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import type { PluginCommandName } from './plugin-command.js';

const ASK_LATER = 'Ask for it once that plugin is ready, such as in a request or a handler of it.';

@Injectable()
export class CommandCallers {
  constructor(
    private readonly graph: PluginGraph,
    private readonly orchestrator: Orchestrator,
  ) {}

  /** The plugin whose code runs, and those that wait for it; empty for a command from outside. */
  current(): readonly PluginRuntime[] {
    const names = new Set([activeContext()?.plugin, ...waitingPublishers()]);
    return [...names].flatMap((name) => (name === undefined ? [] : (this.graph.find(name) ?? [])));
  }

  /**
   * Does nothing for a stop, which ends the start; everything else waits until all that depends on the plugin has settled.
   *
   * @throws PluginCommandError if a caller is starting, and the command would wait for the end of that start
   */
  assertNoneStarts(callers: readonly PluginRuntime[], command: PluginCommandName, runtime: PluginRuntime): void {
    if (command === 'stop' || command === 'disable') return;
    const awaited = this.graph.withDependents([runtime]);
    const starting = callers.filter(isStarting).find((caller) => {
      return !this.graph.withDependents([caller]).isDisjointFrom(awaited);
    });
    if (!starting) return;
    const what = `plugin "${starting.name}" asks for it while it starts, and would wait for itself`;
    throw new PluginCommandError(command, runtime.name, what, ASK_LATER);
  }

  /**
   * Carries an action out, outside of the callers' context.
   *
   * @param report gets the end that the callers do not wait for, because one of them goes down first
   * @returns what the action resolves with; `undefined` once `report` was called
   */
  async carryOut<T>(
    callers: readonly PluginRuntime[],
    action: () => Promise<T>,
    report: (ended: Promise<T>) => void,
  ): Promise<{ readonly value: T } | undefined> {
    const ended = activeContextStorage.exit(action);
    const outcome = await this.orchestrator.unlessGoingDown(
      callers,
      ended.then((value) => ({ value })),
    );
    if (!outcome) report(ended);
    return outcome;
  }

  /**
   * Carries out a reload of the configuration.
   *
   * @param report gets the reload that the callers do not wait for
   * @throws ConfigurationReloadError in the start of a plugin, and what the reload throws
   * @throws ReloadUnfinishedError when a caller goes down with it
   */
  async reload<T>(action: () => Promise<T>, report: (ended: Promise<T>) => void): Promise<T> {
    const callers = this.current();
    const starting = callers.find(isStarting);
    if (starting)
      throw new ConfigurationReloadError(
        `plugin "${starting.name}" asks for it while it starts, and would wait for itself`,
        ASK_LATER,
      );
    if (callers.length === 0) return action();
    const outcome = await this.carryOut(callers, action, report);
    if (outcome) return outcome.value;
    throw new ReloadUnfinishedError(callers.map(({ name }) => name));
  }

  /** Waits for an action on all plugins, unless a caller would wait for itself. */
  async wait(action: () => Promise<void>): Promise<void> {
    const callers = this.current();
    const ended = activeContextStorage.exit(action);
    if (callers.some(isStarting)) return;
    await (callers.length === 0 ? ended : this.orchestrator.unlessGoingDown(callers, ended));
  }
}

function isStarting({ machine }: PluginRuntime): boolean {
  return machine.state === 'starting';
}
