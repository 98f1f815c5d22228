/** Everything that the host knows about one plugin while it runs. Changed by the orchestrator alone. */
import type { ClockTimer } from '../../common/index.js';
import type { HeldEvents } from '../../events/index.js';
import type { PluginEntry } from '../../host/index.js';
import type { PluginInstance } from '../instance/plugin-instance.js';
import { PluginStanding } from './plugin-standing.js';
import {
  isUndecided,
  isUp,
  PluginStateMachine,
  type PluginStateName,
  type PluginTransition,
  type TransitionDetails,
} from './plugin-state.js';

/** So many failures within the window suspend a plugin. The idea is OTP's, the figures are softer. */
const FAILURE_LIMIT = 3;
const FAILURE_WINDOW_MS = 60_000;

/** Who has an opinion on the health of a plugin that is up. */
export type HealthSource = 'checks' | 'events';

export type DesiredState = 'running' | 'stopped' | 'disabled' | 'suspended';

export class PluginRuntime {
  readonly machine = new PluginStateMachine();
  readonly standing: PluginStanding<PluginRuntime> = new PluginStanding<PluginRuntime>(this);
  #entry: PluginEntry;
  #desired: DesiredState = 'running';
  #isRestarting = false;
  #isEnding = false;
  /** Set while it is up, and while it stops. */
  instance: PluginInstance | undefined;
  /** The events that wait for it while it restarts. */
  heldEvents: HeldEvents | undefined;
  /** The plugin that is in its way, while it is blocked by one: the one that began it. */
  blockedBy: PluginRuntime | undefined;
  /** How many starts there were in a row, retries included. */
  attempt = 0;
  /** Set while a start is under way; aborting it gives the start up. */
  starting: AbortController | undefined;
  /** Set while it waits for its next attempt. */
  retryTimer: ClockTimer | undefined;
  /** Why it is not well, by who says so. Counts while it is up. */
  readonly unwell = new Map<HealthSource, string>();
  /** What was not clean about its last stop. */
  stopProblems: readonly string[] = [];
  /** Monotonic times of its latest failures. */
  #failures: number[] = [];

  constructor(entry: PluginEntry) {
    this.#entry = entry;
  }

  get name(): string {
    return this.#entry.name;
  }

  get entry(): PluginEntry {
    return this.#entry;
  }
  set entry(entry: PluginEntry) {
    this.#entry = entry;
    this.#changed();
  }

  /** What it is meant to be; the orchestrator works towards it. */
  get desired(): DesiredState {
    return this.#desired;
  }
  set desired(desired: DesiredState) {
    this.#desired = desired;
    this.#changed();
  }

  /** It is to stop once and start again. */
  get isRestarting(): boolean {
    return this.#isRestarting;
  }
  set isRestarting(isRestarting: boolean) {
    this.#isRestarting = isRestarting;
    this.#changed();
  }

  get isStartable(): boolean {
    return this.#entry.status === 'startable';
  }

  /** The whole server ends: whatever it is meant to be, it goes down, and is not started again. */
  end(): void {
    this.#isEnding = true;
    this.#changed();
  }

  /** @returns the transition; `undefined` when nothing has changed */
  enter(state: PluginStateName, details: TransitionDetails): PluginTransition | undefined {
    const transition = this.machine.enter(state, details);
    this.#changed();
    return transition;
  }

  #changed(): void {
    const { state } = this.machine;
    const [isEnding, isRunning] = [this.#isEnding, this.#desired === 'running'];
    const isBetween = state === 'stopped' && isRunning && this.isStartable && !isEnding;
    this.standing.changed({
      wantsDown: isEnding || !isRunning || this.#isRestarting,
      isUndecided: isUndecided(state) || this.#isRestarting || isBetween,
      isUp: isUp(state),
    });
  }

  /** @returns whether there were so many in the last minute that it is not to be tried any more */
  countFailure(monotonicMs: number): boolean {
    this.#failures = [...this.#failures, monotonicMs]
      .filter((time) => monotonicMs - time <= FAILURE_WINDOW_MS)
      .slice(-FAILURE_LIMIT);
    return this.#failures.length >= FAILURE_LIMIT;
  }

  /** It was due to what has been taken back since. */
  forgetLatestFailure(): void {
    this.#failures.pop();
  }

  forgetFailures(): void {
    this.#failures = [];
  }
}
