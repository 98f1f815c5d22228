/**
 * Brings every plugin to where it is meant to be: starts along the dependency graph, all at once where the graph allows it, and stops
 * against it. It holds no plan: whenever a plugin changes, those next to it in the graph are looked at again, so that a plugin that
 * becomes ready late takes its dependents with it.
 */
import { Injectable } from '@nestjs/common';
import { backoffDelayMs, Clock, messageOf } from '../common/index.js';
import { PluginCatalog } from '../host/index.js';
import { PluginNotReadyError } from '../plugin/index.js';
import { PluginStarter } from './instance/plugin-starter.js';
import { PluginStopper } from './instance/plugin-stopper.js';
import { PluginStartCancelledError } from './lifecycle.errors.js';
import { PluginRuntime } from './plugin-runtime.js';
import { isUndecided, isUp, type PluginState } from './plugin-state.js';
import { TransitionLog } from './transition-log.js';

/** How long a plugin that is not ready yet waits: 1, 2, 4 … 80 s, then every 80 s. Home Assistant's figures. */
const NOT_READY_BACKOFF = { initialMs: 1_000, maxMs: 80_000, factor: 2, jitter: 0.1 };

@Injectable()
export class Orchestrator {
  readonly #runtimes: ReadonlyMap<string, PluginRuntime>;
  readonly #dependencies = new Map<PluginRuntime, PluginRuntime[]>();
  readonly #dependents = new Map<PluginRuntime, PluginRuntime[]>();
  readonly #watchers = new Set<() => void>();

  constructor(
    catalog: PluginCatalog,
    private readonly starter: PluginStarter,
    private readonly stopper: PluginStopper,
    private readonly clock: Clock,
    private readonly log: TransitionLog,
  ) {
    this.#runtimes = new Map([...catalog.entries.values()].map((entry) => [entry.name, new PluginRuntime(entry)]));
    this.#readGraph(catalog);
  }

  get runtimes(): ReadonlyMap<string, PluginRuntime> {
    return this.#runtimes;
  }

  /** Starts everything that can start; resolves once it is clear of each plugin what became of it. Never rejects. */
  async startAll(): Promise<void> {
    for (const runtime of this.#runtimes.values()) this.#enterInitialState(runtime);
    for (const runtime of this.#runtimes.values()) this.#advance(runtime);
    await this.#until(() => this.#all(({ machine, desired }) => desired === 'stopped' || !isUndecided(machine.state)));
  }

  /** Stops everything, dependents first; a start under way is given up. Never rejects. */
  async stopAll(): Promise<void> {
    for (const runtime of this.#runtimes.values()) runtime.desired = 'stopped';
    for (const runtime of this.#runtimes.values()) this.#advance(runtime);
    await this.#until(() => this.#all(({ machine }) => machine.state === 'stopped'));
  }

  #enterInitialState(runtime: PluginRuntime): void {
    const { status, problems } = runtime.entry;
    if (status !== 'startable') this.#enter(runtime, status, problems.map(({ message }) => message).join(' ') || undefined);
  }

  #advance(runtime: PluginRuntime): void {
    if (runtime.desired === 'stopped') this.#advanceToStopped(runtime);
    else if (runtime.isStartable) this.#advanceToRunning(runtime);
  }

  #advanceToRunning(runtime: PluginRuntime): void {
    const { state } = runtime.machine;
    if (state !== 'discovered' && state !== 'blocked') return;
    const dependencies = this.#dependenciesOf(runtime);
    if (dependencies.some(({ machine }) => isUndecided(machine.state))) return;
    const obstacle = dependencies.find((other) => !isUp(other.machine.state) && this.#isRequiredBy(runtime, other));
    if (obstacle) this.#enter(runtime, 'blocked', blame(obstacle));
    else void this.#start(runtime);
  }

  #advanceToStopped(runtime: PluginRuntime): void {
    const { state } = runtime.machine;
    if (state === 'starting') runtime.starting?.abort();
    else if (isUp(state)) {
      const dependents = this.#dependentsOf(runtime);
      if (dependents.every(({ machine }) => !isUp(machine.state) && !isUndecided(machine.state))) void this.#stop(runtime);
    } else if (state !== 'stopping' && state !== 'stopped') {
      runtime.retryTimer?.cancel();
      this.#enter(runtime, 'stopped');
    }
  }

  async #start(runtime: PluginRuntime): Promise<void> {
    runtime.attempt++;
    runtime.starting = new AbortController();
    this.#enter(runtime, 'starting');
    const startedMs = this.clock.monotonicMs();
    try {
      const imports = this.#dependenciesOf(runtime).flatMap(({ instance }) => instance?.module ?? []);
      const details = { entry: runtime.entry, attempt: runtime.attempt, imports };
      runtime.instance = await this.starter.start(details, runtime.starting.signal);
      this.log.started(runtime, this.clock.monotonicMs() - startedMs);
      this.#enter(runtime, 'ready');
      runtime.attempt = 0;
    } catch (error) {
      this.#startFailed(runtime, error);
    } finally {
      runtime.starting = undefined;
    }
  }

  #startFailed(runtime: PluginRuntime, error: unknown): void {
    if (error instanceof PluginStartCancelledError || runtime.desired === 'stopped') {
      this.#enter(runtime, 'stopped');
    } else if (PluginNotReadyError.is(error)) {
      const delayMs = backoffDelayMs(NOT_READY_BACKOFF, runtime.attempt);
      runtime.retryTimer = this.clock.after(delayMs, () => void this.#start(runtime));
      this.#enter(runtime, 'retrying', `${messageOf(error)} Next attempt in ${(delayMs / 1000).toFixed(1)} s.`);
    } else {
      this.log.failed(runtime, error);
      this.#enter(runtime, 'failed', messageOf(error));
    }
  }

  async #stop(runtime: PluginRuntime): Promise<void> {
    const { instance } = runtime;
    this.#enter(runtime, 'stopping');
    runtime.stopProblems = instance ? await this.stopper.stop(instance, runtime.entry) : [];
    runtime.instance = undefined;
    this.#enter(runtime, 'stopped', runtime.stopProblems.length > 0 ? `not clean: ${runtime.stopProblems.join(', ')}` : undefined);
  }

  /** Every change of a state goes through here: it is recorded, and the plugins next to this one are looked at again. */
  #enter(runtime: PluginRuntime, state: PluginState, reason?: string): void {
    const transition = runtime.machine.enter(state, { time: this.clock.now(), attempt: runtime.attempt, reason });
    if (!transition) return;
    this.log.record(runtime, transition);
    for (const neighbour of [runtime, ...this.#dependentsOf(runtime), ...this.#dependenciesOf(runtime)]) this.#advance(neighbour);
    for (const check of this.#watchers) check();
  }

  #dependenciesOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return this.#dependencies.get(runtime) ?? [];
  }

  #dependentsOf(runtime: PluginRuntime): readonly PluginRuntime[] {
    return this.#dependents.get(runtime) ?? [];
  }

  /** Read once, because it is asked at each transition of each plugin. Optional dependents count: they too start later and stop earlier. */
  #readGraph({ graph }: PluginCatalog): void {
    for (const runtime of this.#runtimes.values()) {
      const dependencies = graph.dependenciesOf(runtime.name).flatMap((name) => this.#runtimes.get(name) ?? []);
      this.#dependencies.set(runtime, dependencies);
      for (const dependency of dependencies) this.#dependents.set(dependency, [...this.#dependentsOf(dependency), runtime]);
    }
  }

  #isRequiredBy(runtime: PluginRuntime, dependency: PluginRuntime): boolean {
    return dependency.name in runtime.entry.manifest.dependencies;
  }

  #all(holds: (runtime: PluginRuntime) => boolean): boolean {
    return [...this.#runtimes.values()].every(holds);
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    });
  }
}

/** Names the plugin that is in the way, down to the one that began it. What that one threw stands with itself: it is not for everybody's eyes. */
function blame(obstacle: PluginRuntime): string {
  const { state, reason } = obstacle.machine;
  return `It depends on "${obstacle.name}", which is ${state}${state === 'blocked' ? `: ${reason}` : '.'}`;
}
