/** What applications and other rooms may ask of the host. */
import { Injectable } from '@nestjs/common';
import { PluginCatalog } from '../host/index.js';
import { PluginServices } from './instance/plugin-services.js';
import { PluginNotFoundError } from './lifecycle.errors.js';
import { LifecycleMetrics } from './lifecycle.metrics.js';
import { Orchestrator } from './orchestrator.js';
import type { PluginRuntime } from './plugin-runtime.js';
import { isUp, type PluginState, type PluginTransition } from './plugin-state.js';

/** One plugin as it is now. */
export interface PluginDescription {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly state: PluginState;
  /** Why it is in this state, where there is more to say than the state's name. */
  readonly reason: string | undefined;
  readonly isUp: boolean;
  /** `required: true` in its configuration: without it the server is not ready. */
  readonly isRequired: boolean;
  /** Oldest first. */
  readonly history: readonly PluginTransition[];
}

@Injectable()
export class PluginHost {
  #startup: Promise<void> | undefined;
  #shutdown: Promise<void> | undefined;
  #isStarted = false;
  #isDraining = false;

  constructor(
    private readonly orchestrator: Orchestrator,
    private readonly services: PluginServices,
    private readonly catalog: PluginCatalog,
    metrics: LifecycleMetrics,
  ) {
    metrics.watchStates(() => [...orchestrator.runtimes.values()].map(({ name, machine }) => ({ plugin: name, state: machine.state })));
  }

  /** Every plugin that was discovered, those that cannot start included. */
  plugins(): PluginDescription[] {
    return [...this.orchestrator.runtimes.values()].map(describe);
  }

  /** @throws PluginNotFoundError */
  plugin(name: string): PluginDescription {
    const runtime = this.orchestrator.runtimes.get(name);
    if (!runtime) throw new PluginNotFoundError(name, [...this.orchestrator.runtimes.keys()]);
    return describe(runtime);
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
  }

  /** Everything that was found wrong with the plugins before any was started, in one text; empty when nothing was. */
  report(): string {
    return this.catalog.problems.length > 0 ? this.catalog.report() : '';
  }

  /** Gives every plugin its place in the HTTP server. Called by the module, before the server accepts requests. */
  installRoutes(): void {
    const plugins = [...this.orchestrator.runtimes.values()];
    this.services.mounts.install(plugins.map(({ name, machine }) => ({ name, state: () => machine.state })));
  }

  /** Starts all plugins; resolves once each is up or known not to be. A failed plugin does not make it reject. A second call waits for the same. */
  startAll(): Promise<void> {
    this.#startup ??= this.#start();
    return this.#startup;
  }

  /** Stops all plugins, dependents first. */
  stopAll(): Promise<void> {
    this.announceShutdown();
    this.#shutdown ??= this.orchestrator.stopAll();
    return this.#shutdown;
  }

  async #start(): Promise<void> {
    this.services.rememberHostModules();
    await this.orchestrator.startAll();
    this.#isStarted = true;
  }

  /** Names of the plugins whose stop was not clean. */
  uncleanStops(): string[] {
    return [...this.orchestrator.runtimes.values()].filter(({ stopProblems }) => stopProblems.length > 0).map(({ name }) => name);
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
    history: machine.history,
  };
}
