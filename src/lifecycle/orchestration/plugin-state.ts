/** The states of a plugin, which may follow which, and the history of one plugin. Pure: knows neither Nest nor time sources. */

export type PluginStateName =
  | 'discovered'
  | 'invalid'
  | 'disabled'
  | 'blocked'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'retrying'
  | 'failed'
  | 'suspended'
  | 'stopping'
  | 'stopped';

/** From each state to those that may follow it. */
export const TRANSITIONS: Readonly<Record<PluginStateName, readonly PluginStateName[]>> = {
  discovered: ['invalid', 'disabled', 'blocked', 'starting', 'stopped'],
  invalid: ['stopped'],
  disabled: ['stopped'],
  blocked: ['blocked', 'starting', 'stopped'],
  starting: ['ready', 'retrying', 'failed', 'suspended', 'stopped'],
  ready: ['degraded', 'stopping'],
  degraded: ['degraded', 'ready', 'stopping'],
  retrying: ['blocked', 'starting', 'stopped'],
  failed: ['stopped'],
  suspended: ['stopped'],
  stopping: ['stopped'],
  stopped: ['invalid', 'disabled', 'blocked', 'starting', 'suspended'],
};

/** What each state means, as docs/reference/plugin-states.md says it. */
export const STATE_MEANINGS: Readonly<Record<PluginStateName, string>> = {
  discovered: 'It was found, and waits for its turn.',
  invalid:
    'Its dependencies or its configuration are wrong, or it could not be loaded. It is never built; a reload may put it right.',
  disabled: 'The configuration or an operator has switched it off.',
  blocked:
    'A plugin that it needs is not up, or the machine lacks something. It starts by itself when the plugin is up.',
  starting: 'Its providers are built and its init hooks run, within its deadline.',
  ready: 'It serves.',
  degraded: 'It serves, and a health check of its own fails, or events wait that it is too old for.',
  retrying: 'It said that it is not ready yet. It is tried again after 1, 2, 4 … 80 s, and then every 80 s.',
  failed: 'Its start threw or took too long. Nothing of it is left; an operator may start it again.',
  suspended: 'It failed three times within a minute, or three calls of its handlers hang. Only an operator resumes it.',
  stopping: 'It takes nothing new, finishes what it can, and releases what it holds.',
  stopped: 'An operator has stopped it, it is about to start again, or the server ends.',
};

/** A plugin in one of these serves: its handlers, routes and exports are there. */
export function isUp(state: PluginStateName): boolean {
  return state === 'ready' || state === 'degraded';
}

/** In one of these it is not yet clear what becomes of the plugin; dependents wait. */
export function isUndecided(state: PluginStateName): boolean {
  return state === 'discovered' || state === 'starting' || state === 'stopping';
}

export interface PluginTransition {
  readonly from: PluginStateName;
  readonly to: PluginStateName;
  /** Wall time in milliseconds since 1970. */
  readonly time: number;
  /** Which start it belongs to, 1 for the first; 0 before any. */
  readonly attempt: number;
  /** Why, where there is more to say than the state's name. */
  readonly reason: string | undefined;
  /** How long the state before had lasted, in milliseconds of monotonic time. */
  readonly afterMs: number;
}

/** When and in which attempt a transition happens. */
export interface TransitionDetails {
  /** Wall time in milliseconds since 1970. */
  readonly time: number;
  readonly monotonicMs: number;
  readonly attempt: number;
  readonly reason?: string | undefined;
}

/** How many transitions are kept for each plugin, the newest. */
export const HISTORY_LENGTH = 50;

/** The current state of one plugin and how it came there. */
export class PluginStateMachine {
  #state: PluginStateName = 'discovered';
  #reason: string | undefined;
  #sinceMs: number | undefined;
  readonly #history: PluginTransition[] = [];

  get state(): PluginStateName {
    return this.#state;
  }

  /** Why it is in this state. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Oldest first, at most `HISTORY_LENGTH`. */
  get history(): readonly PluginTransition[] {
    return this.#history;
  }

  /**
   * @returns the transition, or `undefined` when state and reason are what they were
   * @throws RangeError for a transition that the table does not have: a defect of the host, never of a plugin
   */
  enter(to: PluginStateName, { time, monotonicMs, attempt, reason }: TransitionDetails): PluginTransition | undefined {
    if (to === this.#state && reason === this.#reason) return undefined;
    if (!TRANSITIONS[this.#state].includes(to))
      throw new RangeError(`A plugin cannot go from "${this.#state}" to "${to}".`);
    const transition = {
      from: this.#state,
      to,
      time,
      attempt,
      reason,
      afterMs: monotonicMs - (this.#sinceMs ?? monotonicMs),
    };
    this.#state = to;
    this.#reason = reason;
    this.#sinceMs = monotonicMs;
    this.#history.push(transition);
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    return transition;
  }
}
