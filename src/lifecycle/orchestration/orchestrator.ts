/**
 * Brings every plugin to where it is meant to be: starts along the dependency graph, all at once where the graph allows it, and stops
 * against it. It holds no plan: whenever a plugin changes, those next to it in the graph are looked at again. So a plugin that becomes
 * ready late takes its dependents with it, and a command has to change nothing but what its one plugin is meant to be.
 */
import { Injectable } from '@nestjs/common';
import { backoffDelayMs, Clock, toError } from '../../common/index.js';
import { PluginNotReadyError } from '../../plugin/index.js';
import { PluginStarter } from '../instance/plugin-starter.js';
import { PluginStopper } from '../instance/plugin-stopper.js';
import { PluginStartCancelledError } from '../lifecycle.errors.js';
import { PluginGraph } from './plugin-graph.js';
import type { HealthSource, PluginRuntime } from './plugin-runtime.js';
import { isUp, type PluginStateName } from './plugin-state.js';
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

@Injectable()
export class Orchestrator {
  readonly #watch = new SettlementWatch();
  /** Plugins next to one that has changed, to be looked at. */
  readonly #pending = new Set<PluginRuntime>();
  #isAdvancing = false;
  /** The shutdown has begun: whatever was decided before or comes after, everything goes down. */
  #isStopping = false;

  constructor(
    private readonly graph: PluginGraph,
    private readonly starter: PluginStarter,
    private readonly stopper: PluginStopper,
    private readonly clock: Clock,
    private readonly log: TransitionLog,
  ) {}

  /** Starts everything that is meant to run; resolves once it is clear of each plugin what became of it. Never rejects. */
  async startAll(): Promise<void> {
    this.#advanceAll();
    await this.#watch.settled(this.graph.all());
  }

  /** Stops everything, dependents first; a start under way is given up. Never rejects. */
  async stopAll(): Promise<void> {
    this.#isStopping = true;
    const runtimes = this.graph.all();
    for (const runtime of runtimes) runtime.end();
    this.#advanceAll();
    await this.#watch.settled(runtimes);
  }

  /** What `work` resolves with; `undefined` as soon as one of these plugins is to go down, if that comes first. */
  unlessGoingDown<T>(runtimes: readonly PluginRuntime[], work: Promise<T>): Promise<T | undefined> {
    return this.#watch.unlessGoingDown(runtimes, work);
  }

  /** Nothing is started any more. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Changes what one plugin is meant to be, and resolves once that plugin and all that depend on it have settled. Never rejects. */
  async change(runtime: PluginRuntime, apply: () => void): Promise<void> {
    await this.changeAll([runtime], apply);
  }

  /** The same for several plugins, which all change before any of them is looked at. Never rejects. */
  async changeAll(runtimes: readonly PluginRuntime[], apply: () => void): Promise<void> {
    if (this.#isStopping) return;
    apply();
    for (const runtime of runtimes) this.#wake(runtime);
    this.#advanceAll();
    await this.#watch.settled(this.graph.withDependents(runtimes));
  }

  /** Somebody says that the plugin is well, or why it is not. Has no effect as long as it is down. @param reason `undefined`: it is well */
  setHealth(runtime: PluginRuntime, source: HealthSource, reason: string | undefined): void {
    if (reason === undefined) runtime.unwell.delete(source);
    else runtime.unwell.set(source, reason);
    if (isUp(runtime.machine.state)) this.#enterUp(runtime);
  }

  /** An error of the plugin outside of any handler and hook: three failures of whatever kind within a minute suspend it. */
  countFailure(runtime: PluginRuntime): void {
    if (runtime.countFailure(this.clock.monotonicMs())) this.suspend(runtime);
  }

  /** Stops a plugin until an operator resumes it. Does nothing for one that is not meant to run. */
  suspend(runtime: PluginRuntime): void {
    if (runtime.desired !== 'running') return;
    runtime.desired = 'suspended';
    this.#advanceAll();
  }

  #advanceAll(): void {
    this.#advanceLater(this.graph.all());
  }

  /** One after another, not one inside of another: a chain of plugins may be longer than the stack is deep. */
  #advanceLater(runtimes: Iterable<PluginRuntime>): void {
    for (const runtime of runtimes) this.#pending.add(runtime);
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      // A set may grow while it is walked through, also by what has just been removed.
      for (const runtime of this.#pending) {
        this.#pending.delete(runtime);
        this.#advance(runtime);
      }
    } finally {
      this.#isAdvancing = false;
    }
    this.#watch.check();
  }

  #advance(runtime: PluginRuntime): void {
    if (runtime.standing.mustBeDown) this.#advanceDown(runtime);
    else if (runtime.isStartable) this.#advanceUp(runtime);
    else this.#rest(runtime);
  }

  #advanceUp(runtime: PluginRuntime): void {
    const { state } = runtime.machine;
    if (state !== 'discovered' && state !== 'blocked' && state !== 'stopped') return;
    if (!runtime.standing.waitsForDependencies) this.#startOrBlock(runtime);
  }

  #startOrBlock(runtime: PluginRuntime): void {
    const dependencies = this.graph.dependenciesOf(runtime);
    const obstacle = dependencies.find((other) => !isUp(other.machine.state) && this.graph.requires(runtime, other));
    if (!obstacle) return void this.#start(runtime);
    runtime.blockedBy = rootOf(obstacle);
    this.#enter(runtime, 'blocked', blame(obstacle));
  }

  #advanceDown(runtime: PluginRuntime): void {
    const { state } = runtime.machine;
    if (state === 'starting') runtime.starting?.abort();
    else if (isUp(state)) {
      if (runtime.standing.users.size === 0) void this.#stop(runtime);
    } else if (state !== 'stopping') this.#rest(runtime);
  }

  /** The state of a plugin that does not run and is not to. */
  #rest(runtime: PluginRuntime): void {
    const { desired, machine, isRestarting } = runtime;
    this.#cancelRetry(runtime);
    runtime.isRestarting = false;
    runtime.blockedBy = undefined;
    const wanted = this.#isStopping ? 'stopped' : desired;
    const state = wanted === 'running' ? restingState(runtime) : wanted;
    if (machine.state === state) return isRestarting ? this.#advanceLater([runtime]) : undefined;
    // Every state of rest is reached from `stopped`, or from the very beginning.
    if (machine.state !== 'discovered' && machine.state !== 'stopped') this.#enter(runtime, 'stopped');
    else this.#enter(runtime, state, restingReason(state, runtime));
  }

  /** Takes a plugin out of a state in which it would stay by itself, when it is meant to run. */
  #wake(runtime: PluginRuntime): void {
    const { machine, desired } = runtime;
    const sleeps = ['failed', 'suspended', 'retrying', 'invalid', 'disabled'].includes(machine.state);
    if (!sleeps || desired !== 'running' || !runtime.isStartable) return;
    this.#cancelRetry(runtime);
    runtime.attempt = 0;
    runtime.isRestarting = false;
    this.#enter(runtime, 'stopped');
  }

  #cancelRetry(runtime: PluginRuntime): void {
    runtime.retryTimer?.cancel();
    runtime.retryTimer = undefined;
  }

  async #start(runtime: PluginRuntime): Promise<void> {
    const used = this.graph.dependenciesOf(runtime).filter(({ machine }) => isUp(machine.state));
    runtime.standing.use(used);
    runtime.attempt++;
    const starting = new AbortController();
    runtime.starting = starting;
    this.#enter(runtime, 'starting');
    const startedMs = this.clock.monotonicMs();
    try {
      const details = {
        entry: runtime.entry,
        attempt: runtime.attempt,
        imports: used.flatMap(({ instance }) => instance?.module ?? []),
      };
      runtime.instance = await this.starter.start(details, starting.signal);
      runtime.instance.intake.takeOver(runtime.heldEvents);
      runtime.heldEvents = undefined;
      this.log.started(runtime, this.clock.monotonicMs() - startedMs);
      this.#enter(runtime, 'ready');
      if (isUp(runtime.machine.state)) this.#enterUp(runtime);
      runtime.attempt = 0;
    } catch (error) {
      this.#startFailed(runtime, toError(error));
    } finally {
      // The next start may have begun with the end of this one.
      if (runtime.starting === starting) runtime.starting = undefined;
    }
  }

  #startFailed(runtime: PluginRuntime, error: Error): void {
    const isUnwanted = error instanceof PluginStartCancelledError || runtime.standing.mustBeDown;
    runtime.standing.releaseUses();
    if (isUnwanted) {
      runtime.isRestarting = false;
      this.#enter(runtime, 'stopped');
    } else if (PluginNotReadyError.is(error)) {
      this.#retryLater(runtime, error);
    } else {
      this.log.failed(runtime);
      const isCrashLoop = runtime.countFailure(this.clock.monotonicMs());
      if (isCrashLoop) runtime.desired = 'suspended';
      if (isCrashLoop) this.#enter(runtime, 'suspended', suspensionReason(runtime, error), error);
      else this.#enter(runtime, 'failed', failureReason(runtime, error), error);
    }
  }

  #retryLater(runtime: PluginRuntime, error: PluginNotReadyError): void {
    const delayMs = backoffDelayMs(NOT_READY_BACKOFF, runtime.attempt);
    runtime.retryTimer = this.clock.after(delayMs, () => this.#retry(runtime));
    this.#enter(runtime, 'retrying', retryReason(error, delayMs));
  }

  /** Through `stopped`, because what it depends on may have gone meanwhile. */
  #retry(runtime: PluginRuntime): void {
    runtime.retryTimer = undefined;
    this.#startOrBlock(runtime);
  }

  /** It is up: in which of the two states, depends on its health. */
  #enterUp(runtime: PluginRuntime): void {
    const reasons = [...runtime.unwell.values()];
    if (reasons.length === 0) this.#enter(runtime, 'ready');
    else this.#enter(runtime, 'degraded', reasons.join(' '));
  }

  async #stop(runtime: PluginRuntime): Promise<void> {
    const { instance } = runtime;
    // Also when it stops only because something below it restarts.
    if (runtime.desired === 'running' && !this.#isStopping) runtime.heldEvents = instance?.intake.holdEvents();
    this.#enter(runtime, 'stopping');
    runtime.stopProblems = instance ? await this.stopper.stop(instance, runtime.entry) : [];
    runtime.instance = undefined;
    runtime.standing.releaseUses();
    runtime.unwell.clear();
    runtime.isRestarting = false;
    this.#enter(
      runtime,
      'stopped',
      runtime.stopProblems.length > 0 ? `not clean: ${runtime.stopProblems.join(', ')}` : undefined,
    );
  }

  /** Every change of a state goes through here: it is recorded, and the plugins next to this one are looked at again. */
  #enter(runtime: PluginRuntime, state: PluginStateName, reason?: string, error?: Error): void {
    const { attempt } = runtime;
    const transition = runtime.enter(state, {
      time: this.clock.now(),
      monotonicMs: this.clock.monotonicMs(),
      attempt,
      reason,
    });
    if (!transition) return;
    this.log.record(runtime, transition, error);
    if (!isUp(state) && !runtime.standing.isOpen) this.#dropHeldEvents(runtime);
    this.#advanceLater([runtime, ...this.graph.dependentsOf(runtime), ...this.graph.dependenciesOf(runtime)]);
  }

  /** It is not on its way back: nobody may wait for what it was to handle. */
  #dropHeldEvents(runtime: PluginRuntime): void {
    runtime.heldEvents?.drop();
    runtime.heldEvents = undefined;
  }
}
