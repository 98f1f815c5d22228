/** What each command does with its plugin. Order, waiting and results are those of `PluginCommands`. */
import { Injectable } from '@nestjs/common';
import { PluginCatalogError } from '../../host/index.js';
import { PluginCommandError } from '../lifecycle.errors.js';
import { Orchestrator } from '../orchestration/orchestrator.js';
import type { PluginRuntime } from '../orchestration/plugin-runtime.js';
import { OperatorDecisions } from './operator-decisions.js';
import type { PluginCommandName } from './plugin-command.js';

/** Does what a command asks for; resolves when the plugin, and all that depend on it, have settled. */
type Action = (runtime: PluginRuntime, settings: object) => Promise<void>;

@Injectable()
export class CommandActions implements Readonly<Record<PluginCommandName, Action>> {
  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly decisions: OperatorDecisions,
  ) {}

  /** @throws PluginCommandError, PluginCatalogError for a plugin that is disabled, suspended or cannot start */
  async start(runtime: PluginRuntime): Promise<void> {
    this.#assertCanRun('start', runtime);
    await this.decisions.keepRunning(runtime);
    await this.orchestrator.desire(runtime, 'running');
  }

  async stop(runtime: PluginRuntime): Promise<void> {
    await Promise.all([this.orchestrator.desire(runtime, 'stopped'), this.decisions.keep(runtime, 'stopped')]);
  }

  /** @throws PluginCommandError, PluginCatalogError for a plugin that is disabled, suspended or cannot start */
  async restart(runtime: PluginRuntime): Promise<void> {
    this.#assertCanRun('restart', runtime);
    await this.orchestrator.restart(runtime);
  }

  /** @throws PluginCatalogError for a plugin that is invalid; nothing has happened then */
  async enable(runtime: PluginRuntime): Promise<void> {
    const entry = this.decisions.entryWith(runtime, { enabled: true });
    if (entry.status === 'invalid') throw new PluginCatalogError(entry.problems);
    await this.decisions.keepRunning(runtime);
    this.orchestrator.adopt(runtime, entry);
    await this.orchestrator.desire(runtime, 'running');
  }

  async disable(runtime: PluginRuntime): Promise<void> {
    await Promise.all([this.orchestrator.desire(runtime, 'disabled'), this.decisions.keep(runtime, 'disabled')]);
  }

  /** @throws PluginCommandError for a plugin that is not suspended */
  async resume(runtime: PluginRuntime): Promise<void> {
    if (runtime.desired !== 'suspended')
      throw new PluginCommandError('resume', runtime.name, 'it is not suspended', 'Start or restart it instead.');
    await this.orchestrator.resume(runtime);
  }

  /**
   * Restarts the plugin with other settings, and goes back to the previous ones if it does not start with them. One that is stopped, disabled
   * or suspended stays so, and has them when it starts.
   *
   * @throws PluginCatalogError when the settings are wrong; nothing has happened then
   * @throws PluginCommandError when the plugin did not start with them
   */
  async reconfigure(runtime: PluginRuntime, settings: object): Promise<void> {
    const { entry: previous } = runtime;
    const overlay = this.decisions.overlayOf(runtime);
    const entry = this.decisions.entryWith(runtime, { settings });
    if (entry.status === 'invalid') throw new PluginCatalogError(entry.problems);
    this.orchestrator.adopt(runtime, entry);
    if (runtime.desired !== 'running') return;
    await this.orchestrator.restart(runtime);
    if (runtime.isUp || !isWantedUp(runtime) || previous.status !== 'startable') return;
    const { state, reason } = runtime.machine;
    this.decisions.takeBack(runtime, overlay);
    await this.orchestrator.fallBack(runtime, previous);
    const why = reason?.split('\n', 1)[0] ?? '';
    const what = `with the new settings it was ${state}${why === '' ? '' : `: ${why}`}; the previous ones are in effect again`;
    const fix = 'Correct the settings, or what the plugin makes of them.';
    throw new PluginCommandError('reconfigure', runtime.name, what, fix);
  }

  #assertCanRun(command: PluginCommandName, runtime: PluginRuntime): void {
    // What the machine lacked may be there by now.
    if (runtime.entry.status === 'blocked') this.orchestrator.adopt(runtime, this.decisions.entryWith(runtime, {}));
    const { name, desired, entry } = runtime;
    if (desired === 'suspended') throw new PluginCommandError(command, name, 'it is suspended', 'Resume it.');
    if (desired === 'disabled' || entry.status === 'disabled')
      throw new PluginCommandError(command, name, 'it is disabled', 'Enable it.');
    if (entry.status !== 'startable') throw new PluginCatalogError(entry.problems);
  }
}

/** True unless an operator has stopped or disabled it; the host may have suspended it. */
function isWantedUp({ desired }: PluginRuntime): boolean {
  return desired === 'running' || desired === 'suspended';
}
