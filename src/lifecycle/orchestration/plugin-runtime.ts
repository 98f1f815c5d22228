/** What the host knows about one plugin while it runs. Everybody may read it; only the orchestrator calls the methods that change it. */
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

/** The state of a plugin and how it came there. */
export type StateView = Pick<PluginStateMachine, 'state' | 'reason' | 'history'>;

export class PluginRuntime {
  readonly standing: PluginStanding<PluginRuntime> = new PluginStanding<PluginRuntime>(this);
  readonly #machine = new PluginStateMachine();
  #entry: PluginEntry;
  #desired: DesiredState = 'running';
  #isRestarting = false;
  #isEnding = false;
  #instance: PluginInstance | undefined;
  /** The events that wait for it while it restarts. */
  #heldEvents: HeldEvents | undefined;
  #blockedBy: PluginRuntime | undefined;
  #attempt = 0;
  /** Set while a start is under way. */
  #start: AbortController | undefined;
  /** Set while it waits for its next attempt. */
  #retryTimer: ClockTimer | undefined;
  /** Why it is not well, by who says so. Counts while it is up. */
  readonly #complaints = new Map<HealthSource, string>();
  #stopProblems: readonly string[] = [];
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

  get machine(): StateView {
    return this.#machine;
  }

  get isUp(): boolean {
    return isUp(this.#machine.state);
  }

  /** The state that the orchestrator works towards. */
  get desired(): DesiredState {
    return this.#desired;
  }

  /** It is to stop once and start again. */
  get isRestarting(): boolean {
    return this.#isRestarting;
  }

  get isStartable(): boolean {
    return this.#entry.status === 'startable';
  }

  /** Set while it is up, and while it stops. */
  get instance(): PluginInstance | undefined {
    return this.#instance;
  }

  /** The plugin that began what blocks it; `undefined` while no plugin blocks it. */
  get blockedBy(): PluginRuntime | undefined {
    return this.#blockedBy;
  }

  /** Number of starts in a row, including retries; 0 once one has succeeded. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Why it is not well, each reason a sentence. */
  get complaints(): readonly string[] {
    return [...this.#complaints.values()];
  }

  /** What was not clean about its last stop, in words. */
  get stopProblems(): readonly string[] {
    return this.#stopProblems;
  }

  /** What it is meant to be from here on. */
  desire(desired: DesiredState): void {
    this.#desired = desired;
    this.#changed();
  }

  /**
   * What is read when it is needed, such as `required` and the timeouts, is in effect with this. A configuration that disables a suspended
   * plugin ends the suspension: enabled again, it starts, as after `resume`.
   */
  adopt(entry: PluginEntry): void {
    this.#entry = entry;
    if (entry.status === 'disabled' && this.#desired === 'suspended') {
      this.#desired = 'running';
      this.#failures = [];
    }
    this.#changed();
  }

  /** Has no effect on a plugin that is down. */
  beginRestart(): void {
    this.#isRestarting = this.isUp || this.#machine.state === 'starting';
    this.#changed();
  }

  /** The whole server ends: the plugin goes down and is not started again, even if it is meant to run. */
  end(): void {
    this.#isEnding = true;
    this.#changed();
  }

  /** @returns the transition; `undefined` when nothing has changed */
  enter(state: PluginStateName, details: Omit<TransitionDetails, 'attempt'>): PluginTransition | undefined {
    const transition = this.#machine.enter(state, { ...details, attempt: this.#attempt });
    this.#changed();
    return transition;
  }

  /** @param root the plugin that began what is in its way */
  block(root: PluginRuntime): void {
    this.#blockedBy = root;
  }

  /** It does not run and is not to: a retry and a restart are given up. */
  rest(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    this.#blockedBy = undefined;
    this.#isRestarting = false;
    this.#changed();
  }

  /** Its next start is the first in a row. */
  wake(): void {
    this.rest();
    this.#attempt = 0;
  }

  /** @param used the plugins that its instance is built with @returns aborts when the start is given up */
  beginStart(used: readonly PluginRuntime[]): AbortSignal {
    this.standing.use(used);
    this.#attempt++;
    this.#start = new AbortController();
    return this.#start.signal;
  }

  giveStartUp(): void {
    this.#start?.abort();
  }

  /** The instance gets what has waited for it while the plugin restarted. */
  started(instance: PluginInstance): void {
    this.#instance = instance;
    instance.intake.takeOver(this.#heldEvents);
    this.#heldEvents = undefined;
  }

  /** The row of attempts is over. */
  startSucceeded(): void {
    this.#attempt = 0;
  }

  /** @param isUnwanted the plugin is to go down anyway */
  startFailed(isUnwanted: boolean): void {
    this.standing.releaseUses();
    if (!isUnwanted) return;
    this.#isRestarting = false;
    this.#changed();
  }

  /** @param start what `beginStart` returned: the next start may have begun with the end of this one */
  startEnded(start: AbortSignal): void {
    if (this.#start?.signal === start) this.#start = undefined;
  }

  waitForRetry(timer: ClockTimer): void {
    this.#retryTimer = timer;
  }

  retryBegins(): void {
    this.#retryTimer = undefined;
  }

  /** Makes its events wait for its next instance. */
  holdEvents(): void {
    this.#heldEvents = this.#instance?.intake.holdEvents();
  }

  /** Its events wait no longer: it is not on its way back. */
  dropHeldEvents(): void {
    this.#heldEvents?.drop();
    this.#heldEvents = undefined;
  }

  /** @param problems what was not clean, in words */
  stopped(problems: readonly string[]): void {
    this.#stopProblems = problems;
    this.#instance = undefined;
    this.#complaints.clear();
    this.#isRestarting = false;
    this.standing.releaseUses();
    this.#changed();
  }

  /** @param reason why it is not well; `undefined` if this source finds it well */
  noteHealth(source: HealthSource, reason: string | undefined): void {
    if (reason === undefined) this.#complaints.delete(source);
    else this.#complaints.set(source, reason);
  }

  /** @returns true if there were too many in the last minute: the plugin must be suspended */
  countFailure(monotonicMs: number): boolean {
    this.#failures = [...this.#failures, monotonicMs]
      .filter((time) => monotonicMs - time <= FAILURE_WINDOW_MS)
      .slice(-FAILURE_LIMIT);
    return this.#failures.length >= FAILURE_LIMIT;
  }

  /** Its cause has been taken back since. */
  forgetLatestFailure(): void {
    this.#failures.pop();
  }

  forgetFailures(): void {
    this.#failures = [];
  }

  #changed(): void {
    const { state } = this.#machine;
    const [isEnding, isRunning] = [this.#isEnding, this.#desired === 'running'];
    const isBetween = state === 'stopped' && isRunning && this.isStartable && !isEnding;
    this.standing.changed({
      wantsDown: isEnding || !isRunning || this.#isRestarting,
      isUndecided: isUndecided(state) || this.#isRestarting || isBetween,
      isUp: isUp(state),
    });
  }
}
