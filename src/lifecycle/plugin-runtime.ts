/** Everything that the host knows about one plugin while it runs. Changed by the orchestrator alone. */
import type { ClockTimer } from '../common/index.js';
import type { HeldEvents } from '../events/index.js';
import type { PluginEntry } from '../host/index.js';
import type { PluginInstance } from './instance/plugin-instance.js';
import { PluginStateMachine } from './plugin-state.js';

/** So many failures within the window suspend a plugin. The idea is OTP's, the figures are softer. */
const FAILURE_LIMIT = 3;
const FAILURE_WINDOW_MS = 60_000;

/** Who has an opinion on the health of a plugin that is up. */
export type HealthSource = 'checks' | 'events';

export type DesiredState = 'running' | 'stopped' | 'disabled' | 'suspended';

export class PluginRuntime {
  readonly machine = new PluginStateMachine();
  /** What it is meant to be; the orchestrator works towards it. */
  desired: DesiredState = 'running';
  /** It is to stop once and start again. */
  isRestarting = false;
  /** Set while it is up, and while it stops. */
  instance: PluginInstance | undefined;
  /** The events that wait for it while it restarts. */
  heldEvents: HeldEvents | undefined;
  /** The plugins whose exports its instance was built with; they cannot go before it. */
  readonly uses = new Set<PluginRuntime>();
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

  constructor(public entry: PluginEntry) {}

  get name(): string {
    return this.entry.name;
  }

  get isStartable(): boolean {
    return this.entry.status === 'startable';
  }

  /** @returns whether there were so many in the last minute that it is not to be tried any more */
  countFailure(monotonicMs: number): boolean {
    this.#failures = [...this.#failures, monotonicMs].filter((time) => monotonicMs - time <= FAILURE_WINDOW_MS).slice(-FAILURE_LIMIT);
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
