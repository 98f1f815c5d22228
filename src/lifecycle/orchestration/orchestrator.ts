/**
 * Brings every plugin to the state that it is meant to be in: starts along the dependency graph, all at once where the graph allows it, and stops
 * against it. It holds no plan: whenever a plugin changes, those next to it in the graph are looked at again. So a plugin that becomes ready
 * late takes its dependents with it, and a command only has to change what its one plugin is meant to be. Only this class changes a `PluginRuntime`.
 */
import { Injectable } from '@nestjs/common';
import { backoffDelayMs, Clock, toError } from '../../common/index.js';
import type { PluginEntry } from '../../host/index.js';
import { PluginNotReadyError } from '../../plugin/index.js';
import { PluginStarter } from '../instance/plugin-starter.js';
import { PluginStopper } from '../instance/plugin-stopper.js';
import { PluginStartCancelledError } from '../lifecycle.errors.js';
import { PluginGraph } from './plugin-graph.js';
import type { DesiredState, HealthSource, PluginRuntime } from './plugin-runtime.js';
import type { PluginStateName } from './plugin-state.js';
import { SettlementWatch } from './settlement-watch.js';
import {
  blame,
  failureReason,
  restingReason,
  restingState,
  retryReason,
  rootOf,
  suspensionReason,
} from './state-reasons.js';
import { TransitionLog } from './transition-log.js';

/** How long a plugin that is not ready yet waits: 1, 2, 4 … 80 s, then every 80 s. Home Assistant's figures. */
const NOT_READY_BACKOFF = { initialMs: 1_000, maxMs: 80_000, factor: 2, jitter: 0.1 };

/** States that a plugin leaves only by a command or a reload. */
const ASLEEP: ReadonlySet<PluginStateName> = new Set(['failed', 'suspended', 'retrying', 'invalid', 'disabled']);
/** States from which a plugin starts by itself. */
const WAITING: ReadonlySet<PluginStateName> = new Set(['discovered', 'blocked', 'stopped']);

/** What a reload does with plugins. */
export interface Rearrangement {
  readonly restarted: readonly PluginRuntime[];
  readonly added: readonly PluginRuntime[];
  readonly removed: readonly PluginRuntime[];
}

@Injectable()
export class Orchestrator {
  readonly #watch = new SettlementWatch();
  /** Plugins that have changed, and those next to them, to be looked at. */
  readonly #pending = new Set<PluginRuntime>();
  #isAdvancing = false;
  /** True once everything is to go down: no other decision counts any more. */
  #isStopping = false;

  constructor(
    private readonly graph: PluginGraph,
    private readonly starter: PluginStarter,
    private readonly stopper: PluginStopper,
    private readonly clock: Clock,
    private readonly log: TransitionLog,
  ) {}

  /** Starts everything that is meant to run; resolves once the outcome of each plugin is known. Never rejects. */
  async startAll(): Promise<void> {
    this.#advance(this.graph.all());
    await this.#watch.settled(this.graph.all());
  }

  /** Stops everything, dependents first, and gives up starts under way. Never rejects. */
  async stopAll(): Promise<void> {
    this.#isStopping = true;
    const runtimes = this.graph.all();
    for (const runtime of runtimes) runtime.end();
    this.#advance(runtimes);
    await this.#watch.settled(runtimes);
  }

  /** Names of the plugins that have not stopped. */
  notStopped(): string[] {
    return this.graph.all().flatMap(({ name, machine }) => (machine.state === 'stopped' ? [] : [name]));
  }

  /** Names of the plugins whose last stop was not clean. */
  uncleanStops(): string[] {
    return this.graph.all().flatMap(({ name, stopProblems }) => (stopProblems.length > 0 ? [name] : []));
  }

  /** True once `stopAll` was called: nothing is started any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** What `work` resolves with; `undefined` as soon as one of these plugins is to go down, if that comes first. */
  unlessGoingDown<T>(runtimes: readonly PluginRuntime[], work: Promise<T>): Promise<T | undefined> {
    return this.#watch.unlessGoingDown(runtimes, work);
  }

  /** Puts another entry into effect: at once what is read when it is needed, everything else with the next start. Moves nothing. */
  adopt(runtime: PluginRuntime, entry: PluginEntry): void {
    runtime.adopt(entry);
  }

  /** Decides what a plugin is meant to be before the first start of all plugins. Moves nothing. */
  prepare(runtime: PluginRuntime, state: DesiredState): void {
    runtime.desire(state);
  }

  /** Changes what a plugin is meant to be; resolves once it and all that depend on it have settled. Never rejects. */
  async desire(runtime: PluginRuntime, state: DesiredState): Promise<void> {
    if (this.#isStopping) return;
    runtime.desire(state);
    this.#wake([runtime]);
    this.#advance(this.graph.all());
    await this.#settled([runtime]);
  }

  /** Stops a plugin with what depends on it, and starts them again with fresh instances. One that is down is started. Never rejects. */
  async restart(runtime: PluginRuntime): Promise<void> {
    if (this.#isStopping) return;
    runtime.beginRestart();
    await this.desire(runtime, 'running');
  }

  /** Goes back to an earlier entry, because the plugin did not start with the present one: that failure does not count. Never rejects. */
  async fallBack(runtime: PluginRuntime, previous: PluginEntry): Promise<void> {
    const { state } = runtime.machine;
    if (state === 'failed' || state === 'suspended') runtime.forgetLatestFailure();
    runtime.adopt(previous);
    await this.restart(runtime);
  }

  /** Starts a plugin that was suspended. Never rejects. */
  async resume(runtime: PluginRuntime): Promise<void> {
    runtime.forgetFailures();
    await this.desire(runtime, 'running');
  }

  /** Changes several plugins before any of them moves, so that a plugin that depends on two of them starts once. Never rejects. */
  async rearrange({ restarted, added, removed }: Rearrangement): Promise<void> {
    if (this.#isStopping) return;
    for (const runtime of restarted) runtime.beginRestart();
    for (const runtime of removed) runtime.desire('stopped');
    const all = [...removed, ...restarted, ...added];
    this.#wake(all);
    this.#advance(this.graph.all());
    await this.#settled(all);
  }

  /** Has no effect as long as the plugin is down. @param reason why it is not well; `undefined` if it is well */
  setHealth(runtime: PluginRuntime, source: HealthSource, reason: string | undefined): void {
    runtime.noteHealth(source, reason);
    if (runtime.isUp) this.#enterUp(runtime);
  }

  /** Counts an error outside of any handler and hook: three failures of any kind within a minute suspend the plugin. */
  countFailure(runtime: PluginRuntime): void {
    if (runtime.countFailure(this.clock.monotonicMs())) this.suspend(runtime);
  }

  /** Stops a plugin until an operator resumes it. Does nothing for one that is not meant to run. */
  suspend(runtime: PluginRuntime): void {
    if (runtime.desired !== 'running') return;
    runtime.desire('suspended');
    this.#advance(this.graph.all());
  }

  #settled(runtimes: readonly PluginRuntime[]): Promise<void> {
    return this.#watch.settled(this.graph.withDependents(runtimes));
  }

  /** Takes plugins that are meant to run out of states in which they would stay by themselves. */
  #wake(runtimes: readonly PluginRuntime[]): void {
    for (const runtime of runtimes) {
      if (!ASLEEP.has(runtime.machine.state) || runtime.desired !== 'running' || !runtime.isStartable) continue;
      runtime.wake();
      this.#enter(runtime, 'stopped');
    }
  }

  /** Moves one plugin after the other, because a chain of plugins may be longer than the stack is deep. */
  #advance(runtimes: Iterable<PluginRuntime>): void {
    for (const runtime of runtimes) this.#pending.add(runtime);
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      // A set may grow while it is walked through, also by what has just been removed.
      for (const runtime of this.#pending) {
        this.#pending.delete(runtime);
        this.#advanceOne(runtime);
      }
    } finally {
      this.#isAdvancing = false;
    }
    this.#watch.check();
  }

  #advanceOne(runtime: PluginRuntime): void {
    const { machine, standing } = runtime;
    if (standing.mustBeDown) {
      if (machine.state === 'starting') runtime.giveStartUp();
      else if (!runtime.isUp) this.#rest(runtime);
      else if (standing.users.size === 0) void this.#stop(runtime);
    } else if (!runtime.isStartable) this.#rest(runtime);
    else if (WAITING.has(machine.state) && !standing.waitsForDependencies) this.#startOrBlock(runtime);
  }

  /** Brings a plugin that does not run, and is not to, into its state. */
  #rest(runtime: PluginRuntime): void {
    const { desired, machine, isRestarting } = runtime;
    if (machine.state === 'stopping') return;
    runtime.rest();
    const wanted = this.#isStopping ? 'stopped' : desired;
    const state = wanted === 'running' ? restingState(runtime) : wanted;
    if (machine.state === state) return isRestarting ? this.#advance([runtime]) : undefined;
    // Every state of rest is reached from `stopped`, or from the very beginning.
    if (machine.state !== 'discovered' && machine.state !== 'stopped') this.#enter(runtime, 'stopped');
    else this.#enter(runtime, state, restingReason(state, runtime));
  }

  #startOrBlock(runtime: PluginRuntime): void {
    const dependencies = this.graph.dependenciesOf(runtime);
    const obstacle = dependencies.find((other) => !other.isUp && this.graph.requires(runtime, other));
    if (!obstacle) return void this.#start(runtime);
    runtime.block(rootOf(obstacle));
    this.#enter(runtime, 'blocked', blame(obstacle));
  }

  async #start(runtime: PluginRuntime): Promise<void> {
    const used = this.graph.dependenciesOf(runtime).filter(({ isUp }) => isUp);
    const cancelled = runtime.beginStart(used);
    this.#enter(runtime, 'starting');
    const startedMs = this.clock.monotonicMs();
    try {
      const imports = used.flatMap(({ instance }) => instance?.module ?? []);
      const { entry, attempt } = runtime;
      runtime.started(await this.starter.start({ entry, attempt, imports }, cancelled));
      this.log.started(runtime, this.clock.monotonicMs() - startedMs);
      this.#enter(runtime, 'ready');
      if (runtime.isUp) this.#enterUp(runtime);
      runtime.startSucceeded();
    } catch (error) {
      this.#startFailed(runtime, toError(error));
    } finally {
      runtime.startEnded(cancelled);
    }
  }

  #startFailed(runtime: PluginRuntime, error: Error): void {
    const isUnwanted = error instanceof PluginStartCancelledError || runtime.standing.mustBeDown;
    runtime.startFailed(isUnwanted);
    if (isUnwanted) this.#enter(runtime, 'stopped');
    else if (PluginNotReadyError.is(error)) this.#retryLater(runtime, error);
    else {
      this.log.failed(runtime);
      const isCrashLoop = runtime.countFailure(this.clock.monotonicMs());
      if (isCrashLoop) runtime.desire('suspended');
      if (isCrashLoop) this.#enter(runtime, 'suspended', suspensionReason(runtime, error), error);
      else this.#enter(runtime, 'failed', failureReason(runtime, error), error);
    }
  }

  #retryLater(runtime: PluginRuntime, error: PluginNotReadyError): void {
    const delayMs = backoffDelayMs(NOT_READY_BACKOFF, runtime.attempt);
    const retry = (): void => {
      runtime.retryBegins();
      // What it depends on may be down by now.
      this.#startOrBlock(runtime);
    };
    runtime.waitForRetry(this.clock.after(delayMs, retry));
    this.#enter(runtime, 'retrying', retryReason(error, delayMs));
  }

  /** Enters one of the two states of a plugin that is up, depending on its health. */
  #enterUp(runtime: PluginRuntime): void {
    const { complaints } = runtime;
    if (complaints.length === 0) this.#enter(runtime, 'ready');
    else this.#enter(runtime, 'degraded', complaints.join(' '));
  }

  async #stop(runtime: PluginRuntime): Promise<void> {
    const { instance, entry, desired } = runtime;
    // Also when it stops only because something that it uses restarts.
    if (desired === 'running' && !this.#isStopping) runtime.holdEvents();
    this.#enter(runtime, 'stopping');
    runtime.stopped(instance ? await this.stopper.stop(instance, entry) : []);
    const { stopProblems } = runtime;
    this.#enter(runtime, 'stopped', stopProblems.length > 0 ? `not clean: ${stopProblems.join(', ')}` : undefined);
  }

  /** Every change of a state goes through here: it is recorded, and the plugins next to this one are looked at again. */
  #enter(runtime: PluginRuntime, state: PluginStateName, reason?: string, error?: Error): void {
    const transition = runtime.enter(state, {
      time: this.clock.now(),
      monotonicMs: this.clock.monotonicMs(),
      reason,
    });
    if (!transition) return;
    this.log.record(runtime, transition, error);
    if (!runtime.isUp && !runtime.standing.isOpen) runtime.dropHeldEvents();
    this.#advance([runtime, ...this.graph.dependentsOf(runtime), ...this.graph.dependenciesOf(runtime)]);
  }
}
