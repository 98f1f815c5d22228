/** What applications and other rooms may ask of the host. */
import { Injectable, Logger } from '@nestjs/common';
import { Clock, withinDeadline } from '../common/index.js';
import { EventBus } from '../events/index.js';
import { PluginCatalog, waitsForProgram } from '../host/index.js';
import { PluginMounts } from '../http/index.js';
import { ApplicationModules } from '../nest/index.js';
import type { CommandResult, PluginCommandName, PluginPlan } from './commands/plugin-command.js';
import { OwnCommands } from './commands/own-commands.js';
import { PluginCommands } from './commands/plugin-commands.js';
import { ConfigurationReloadError, PluginCommandError, ShutdownTimeoutError } from './lifecycle.errors.js';
import { LifecycleMetrics } from './lifecycle.metrics.js';
import { LifecycleOptions } from './lifecycle.options.js';
import { Orchestrator } from './orchestration/orchestrator.js';
import { PluginGraph } from './orchestration/plugin-graph.js';
import type { PluginRuntime } from './orchestration/plugin-runtime.js';
import { ConfigurationReloader } from './reload/configuration-reloader.js';
import type { ReloadResult } from './reload/reload-result.js';
import { isUp, type PluginStateName, type PluginTransition } from './orchestration/plugin-state.js';
import { startReport } from './orchestration/start-report.js';

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
  /** It is `blocked` by nothing but a program whose absence it calls normal. */
  readonly waitsForProgram: boolean;
  /** Oldest first. */
  readonly history: readonly PluginTransition[];
}

@Injectable()
export class PluginHost {
  #startup: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;
  /** Resolved once it is over, or will not come because the server is stopping. */
  readonly #firstStart = Promise.withResolvers<void>();
  #isStarted = false;
  #isDraining = false;
  #isShutdownLate = false;

  constructor(
    private readonly graph: PluginGraph,
    private readonly orchestrator: Orchestrator,
    private readonly commands: PluginCommands,
    private readonly own: OwnCommands,
    private readonly mounts: PluginMounts,
    private readonly application: ApplicationModules,
    private readonly bus: EventBus,
    private readonly catalog: PluginCatalog,
    private readonly reloader: ConfigurationReloader,
    private readonly clock: Clock,
    private readonly options: LifecycleOptions,
    metrics: LifecycleMetrics,
  ) {
    metrics.watchStates(() => graph.all().map(({ name, machine }) => ({ plugin: name, state: machine.state })));
  }

  /** Every plugin that was discovered, those that cannot start included. */
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
   * Starts a plugin that was stopped or has failed. Resolves, as all commands do, when it and what depends on it have settled; whether it
   * is up is in the result. A plugin that goes down with its own command gets the result of the beginning: its stop waits for its work, which
   * must not wait for its stop.
   *
   * @throws PluginNotFoundError, PluginCommandError when it is disabled or suspended, PluginCatalogError when it cannot start at all
   */
  start(plugin: string): Promise<CommandResult> {
    return this.#unlessStopping('start', plugin, () => this.commands.start(plugin));
  }

  /** Stops a plugin; it stays stopped, also when the server starts anew. What needs it is blocked until it is back. */
  stop(plugin: string): Promise<CommandResult> {
    return this.#unlessStopping('stop', plugin, () => this.commands.stop(plugin));
  }

  /** Stops a plugin and what depends on it, and starts them again with fresh instances. */
  restart(plugin: string): Promise<CommandResult> {
    return this.#unlessStopping('restart', plugin, () => this.commands.restart(plugin));
  }

  /** Undoes `disable`, and `enabled: false` in plugins.yaml; lasts, also when the server starts anew. */
  enable(plugin: string): Promise<CommandResult> {
    return this.#unlessStopping('enable', plugin, () => this.commands.enable(plugin));
  }

  /** As `enabled: false` in plugins.yaml; lasts, also when the server starts anew. */
  disable(plugin: string): Promise<CommandResult> {
    return this.#unlessStopping('disable', plugin, () => this.commands.disable(plugin));
  }

  /** Starts a plugin that was suspended after three failures within a minute. */
  resume(plugin: string): Promise<CommandResult> {
    return this.#unlessStopping('resume', plugin, () => this.commands.resume(plugin));
  }

  /**
   * Restarts a plugin with other settings, laid key by key over those of plugins.yaml until the server ends; goes back to the previous ones
   * if it does not start. A plugin that is stopped, disabled or suspended is left so, and has them when it starts.
   *
   * @throws PluginCatalogError when the settings are wrong: nothing has happened then
   * @throws PluginCommandError when it did not start with them
   */
  reconfigure(plugin: string, settings: object): Promise<CommandResult> {
    return this.#unlessStopping('reconfigure', plugin, () => this.commands.reconfigure(plugin, settings));
  }

  /**
   * Loads the configuration anew, as SIGHUP does: plugins whose settings have changed get them through `onConfigChange` or are restarted, all
   * others are left alone. Waits until the first start of all plugins is over.
   *
   * @throws ConfigurationError with everything that is wrong with the files; nothing has happened then
   * @throws ConfigurationReloadError where the configuration was given in code, or the server is stopping
   * @throws ReloadUnfinishedError in the work of a plugin that the reload stops or restarts
   */
  async reloadConfiguration(): Promise<ReloadResult> {
    return this.own.reload(
      async () => {
        await this.#firstStart.promise;
        if (this.#isDraining) throw new ConfigurationReloadError('the server is stopping');
        return this.reloader.reload();
      },
      (ended) => void this.reloader.report(ended),
    );
  }

  /** As `reloadConfiguration`; what came of it is in the log. Never rejects. */
  async reloadAndReport(): Promise<void> {
    await this.#firstStart.promise;
    if (!this.#isDraining) await this.reloader.reloadAndReport();
  }

  /** It has become clear of each plugin whether it runs. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** The server goes on serving for a moment, but is to be sent no new work. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Turns readiness off, ahead of `stopAll`. */
  announceShutdown(): void {
    this.#isDraining = true;
    this.#firstStart.resolve();
  }

  /** Everything that was found wrong with the plugins before any was started, in one text; empty when nothing was. */
  report(): string {
    return this.catalog.problems.length > 0 ? this.catalog.report() : '';
  }

  /** Gives every plugin its place in the HTTP server. Called by the module, before the server accepts requests. */
  installRoutes(): void {
    const plugins = this.graph.all().map(({ name, machine }) => ({ name, state: () => machine.state }));
    // Refused when it is no longer to run, which settles the matter as well.
    this.mounts.install(plugins, (plugin) => void this.restart(plugin).catch(() => undefined));
  }

  /** Starts all plugins; resolves once each is up or known not to be. A failed plugin does not make it reject. A second call waits for the same. */
  startAll(): Promise<void> {
    return this.own.wait(() => (this.#startup ??= this.#start()));
  }

  /** Stops all plugins, dependents first. */
  async stopAll(): Promise<void> {
    await this.own.wait(async () => void (await Promise.all([this.#stopPlugins(), this.commands.ended()])));
  }

  /**
   * The plugins' part of the end of an application: readiness off and, unless somebody has announced the end before, the drain delay; then
   * all plugins stopped, within the time for the whole shutdown. Never rejects.
   */
  async shutDown(): Promise<void> {
    const { drainDelay, shutdownTimeout } = this.options;
    if (!this.#isDraining) {
      this.announceShutdown();
      if (drainDelay > 0) await this.clock.sleep(drainDelay * 1_000);
    }
    const onLate = (): Error => new ShutdownTimeoutError(shutdownTimeout, this.#running());
    // What commands have still to write is no plugin's fault, and takes no plugin's time.
    const stopped = withinDeadline(this.#stopPlugins(), {
      clock: this.clock,
      timeoutMs: shutdownTimeout * 1_000,
      onLate,
    });
    await stopped.then(
      () => this.commands.ended(),
      (late: Error) => {
        this.#isShutdownLate = true;
        new Logger(PluginHost.name).error(late, late.stack);
      },
    );
  }

  #stopPlugins(): Promise<void> {
    this.announceShutdown();
    this.#shutdown ??= this.orchestrator.stopAll();
    return this.#shutdown;
  }

  #running(): string[] {
    return this.graph.all().flatMap(({ name, machine }) => (machine.state === 'stopped' ? [] : [name]));
  }

  async #start(): Promise<void> {
    this.application.remember();
    await this.#restore();
    if (this.#isDraining) return;
    this.bus.reportStranded(this.graph.all().map(({ name }) => name));
    await this.orchestrator.startAll();
    const report = this.#isDraining ? undefined : startReport(this.graph.all());
    if (report) new Logger(PluginHost.name).warn(report);
    this.#isStarted = true;
    this.#firstStart.resolve();
  }

  /** A stop that comes first closes the store, and then there is nothing to be restored for. */
  async #restore(): Promise<void> {
    if (this.#isDraining) return;
    try {
      await this.commands.restore();
    } catch (error) {
      if (!this.#isDraining) throw error;
    }
  }

  async #unlessStopping(
    command: PluginCommandName,
    plugin: string,
    action: () => Promise<CommandResult>,
  ): Promise<CommandResult> {
    if (this.#isDraining)
      throw new PluginCommandError(command, plugin, 'the server is stopping', 'Wait until it is back.');
    return this.own.carryOut(command, plugin, action);
  }

  /** Names of the plugins whose stop was not clean, or had not ended when the time of the shutdown was over. */
  uncleanStops(): string[] {
    const unclean = this.graph.all().flatMap(({ name, stopProblems }) => (stopProblems.length > 0 ? [name] : []));
    return [...new Set([...unclean, ...(this.#isShutdownLate ? this.#running() : [])])];
  }
}

function describe({ entry, machine }: PluginRuntime): PluginDescription {
  return {
    name: entry.name,
    version: entry.manifest.version,
    description: entry.manifest.description,
    state: machine.state,
    reason: machine.reason,
    isUp: isUp(machine.state),
    isRequired: entry.section.required,
    waitsForProgram: machine.state === 'blocked' && waitsForProgram(entry),
    history: machine.history,
  };
}
