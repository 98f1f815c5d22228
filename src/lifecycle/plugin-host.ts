/** What applications and other rooms may ask of the host. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog, waitsForProgram } from '../host/index.js';
import type { CommandResult, PluginCommandName, PluginPlan } from './commands/plugin-command.js';
import { PluginCommands } from './commands/plugin-commands.js';
import { HostRun } from './host-run.js';
import { ConfigurationReloadError } from './lifecycle.errors.js';
import { PluginGraph } from './orchestration/plugin-graph.js';
import type { PluginRuntime } from './orchestration/plugin-runtime.js';
import type { PluginStateName, PluginTransition } from './orchestration/plugin-state.js';
import { ConfigurationReloader } from './reload/configuration-reloader.js';
import type { ReloadResult } from './reload/reload-result.js';

/** One plugin as it is now. */
export interface PluginDescription {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly state: PluginStateName;
  /** Why it is in this state, where there is more to say than the state's name. */
  readonly reason: string | undefined;
  readonly isUp: boolean;
  /** `required: true` in its configuration: without it the server is not ready. */
  readonly isRequired: boolean;
  /** It is `blocked` only by a missing program, and its manifest calls that normal. */
  readonly waitsForProgram: boolean;
  /** Oldest first. */
  readonly history: readonly PluginTransition[];
}

@Injectable()
export class PluginHost {
  constructor(
    private readonly graph: PluginGraph,
    private readonly catalog: PluginCatalog,
    private readonly commands: PluginCommands,
    private readonly run: HostRun,
    private readonly reloader: ConfigurationReloader,
  ) {}

  /** Every plugin that was discovered, including those that cannot start. */
  plugins(): PluginDescription[] {
    return this.graph.all().map(describe);
  }

  /** @throws PluginNotFoundError */
  plugin(name: string): PluginDescription {
    return describe(this.graph.get(name));
  }

  /**
   * What a command on a plugin would do now, to be shown before it is given.
   *
   * @throws PluginNotFoundError
   */
  plan(command: PluginCommandName, plugin: string): PluginPlan {
    return this.commands.plan(command, plugin);
  }

  /**
   * Starts a plugin that was stopped or has failed. Resolves, as all commands do, when it and what depends on it have settled; the result
   * says whether it is up. A plugin that goes down with its own command gets the result of the beginning: its stop waits for its work, which
   * must not wait for its stop.
   *
   * @throws PluginNotFoundError, PluginCommandError when it is disabled or suspended, PluginCatalogError when it cannot start at all
   */
  start(plugin: string): Promise<CommandResult> {
    return this.commands.command('start', plugin);
  }

  /** Stops a plugin; it stays stopped, also after a restart of the server. What needs it is blocked until it is back. */
  stop(plugin: string): Promise<CommandResult> {
    return this.commands.command('stop', plugin);
  }

  /** Stops a plugin and what depends on it, and starts them again with fresh instances. */
  restart(plugin: string): Promise<CommandResult> {
    return this.commands.command('restart', plugin);
  }

  /** Undoes `disable`, and `enabled: false` in plugins.yaml; lasts, also after a restart of the server. */
  enable(plugin: string): Promise<CommandResult> {
    return this.commands.command('enable', plugin);
  }

  /** As `enabled: false` in plugins.yaml; lasts, also after a restart of the server. */
  disable(plugin: string): Promise<CommandResult> {
    return this.commands.command('disable', plugin);
  }

  /** Starts a plugin that was suspended after three failures within a minute. */
  resume(plugin: string): Promise<CommandResult> {
    return this.commands.command('resume', plugin);
  }

  /**
   * Restarts a plugin with other settings, laid key by key over those of plugins.yaml until the server ends; goes back to the previous ones
   * if it does not start. A plugin that is stopped, disabled or suspended stays so, and has them when it starts.
   *
   * @throws PluginCatalogError when the settings are wrong: nothing has happened then
   * @throws PluginCommandError when it did not start with them
   */
  reconfigure(plugin: string, settings: object): Promise<CommandResult> {
    return this.commands.command('reconfigure', plugin, settings);
  }

  /**
   * Loads the configuration again, as SIGHUP does: plugins whose settings have changed get them through `onConfigChange` or are restarted, all
   * others are left alone. Waits until the first start of all plugins is over.
   *
   * @throws ConfigurationError with everything that is wrong with the files; nothing has happened then
   * @throws ConfigurationReloadError where the configuration was given in code, or the server is stopping
   * @throws ReloadUnfinishedError in the work of a plugin that the reload stops or restarts
   */
  reloadConfiguration(): Promise<ReloadResult> {
    const reload = async (): Promise<ReloadResult> => {
      await this.run.firstStart;
      if (this.isDraining) throw new ConfigurationReloadError('the server is stopping');
      return this.reloader.reload();
    };
    return this.commands.callers.reload(reload, (ended) => void this.reloader.report(ended));
  }

  /** As `reloadConfiguration`; what came of it is in the log. Never rejects. */
  async reloadAndReport(): Promise<void> {
    await this.run.firstStart;
    if (!this.isDraining) await this.reloader.reloadAndReport();
  }

  /** True once each plugin is up or known not to be. */
  get isStarted(): boolean {
    return this.run.isStarted;
  }

  /** The server still serves, but must not be sent new work. */
  get isDraining(): boolean {
    return this.run.isDraining;
  }

  /** Turns readiness off, ahead of `stopAll`. */
  announceShutdown(): void {
    this.run.announceShutdown();
  }

  /** Everything that was found wrong with the plugins before any was started, in one text; empty when nothing was. */
  report(): string {
    return this.catalog.problems.length > 0 ? this.catalog.report() : '';
  }

  /** Starts all plugins; resolves once each is up or known not to be. A failed plugin does not make it reject. A second call waits for the same. */
  startAll(): Promise<void> {
    return this.commands.callers.wait(() => this.run.startAll());
  }

  /** Stops all plugins, dependents first. */
  stopAll(): Promise<void> {
    return this.commands.callers.wait(() => this.run.stopAll());
  }

  /**
   * The plugins' part of the end of an application: turns readiness off and waits for the drain delay, unless the end was announced before;
   * then stops all plugins, within the time for the whole shutdown. Never rejects.
   */
  shutDown(): Promise<void> {
    return this.run.shutDown();
  }

  /** Names of the plugins whose stop was not clean, or had not ended when the time for the shutdown was over. */
  uncleanStops(): string[] {
    return this.run.uncleanStops();
  }
}

function describe({ entry, machine, isUp }: PluginRuntime): PluginDescription {
  return {
    name: entry.name,
    version: entry.manifest.version,
    description: entry.manifest.description,
    state: machine.state,
    reason: machine.reason,
    isUp,
    isRequired: entry.section.required,
    waitsForProgram: machine.state === 'blocked' && waitsForProgram(entry),
    history: machine.history,
  };
}
