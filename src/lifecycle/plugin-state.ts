/** The states of a plugin, which may follow which, and the history of one plugin. Pure: knows neither Nest nor time sources. */

export type PluginState =
  'discovered' | 'invalid' | 'disabled' | 'blocked' | 'starting' | 'ready' | 'degraded' | 'retrying' | 'failed' | 'stopping' | 'stopped';

/** From each state to those that may follow it. */
export const TRANSITIONS: Readonly<Record<PluginState, readonly PluginState[]>> = {
  discovered: ['invalid', 'disabled', 'blocked', 'starting', 'stopped'],
  invalid: ['stopped'],
  disabled: ['stopped'],
  blocked: ['blocked', 'starting', 'stopped'],
  starting: ['ready', 'retrying', 'failed', 'stopped'],
  ready: ['degraded', 'stopping'],
  degraded: ['ready', 'stopping'],
  retrying: ['blocked', 'starting', 'stopped'],
  failed: ['starting', 'stopped'],
  stopping: ['stopped'],
  stopped: ['blocked', 'starting'],
};

/** A plugin in one of these serves: its handlers, routes and exports are there. */
export function isUp(state: PluginState): boolean {
  return state === 'ready' || state === 'degraded';
}

/** In one of these it is not yet clear what becomes of the plugin; dependents wait. */
export function isUndecided(state: PluginState): boolean {
  return state === 'discovered' || state === 'starting' || state === 'stopping';
}

export interface PluginTransition {
  readonly from: PluginState;
  readonly to: PluginState;
  /** Wall time in milliseconds since 1970. */
  readonly time: number;
  /** Which start it belongs to, 1 for the first; 0 before any. */
  readonly attempt: number;
  /** Why, where there is more to say than the state's name. */
  readonly reason: string | undefined;
}

/** How many transitions are kept for each plugin, the newest. */
export const HISTORY_LENGTH = 50;

/** The current state of one plugin and how it came there. */
export class PluginStateMachine {
  #state: PluginState = 'discovered';
  #reason: string | undefined;
  readonly #history: PluginTransition[] = [];

  get state(): PluginState {
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
  enter(
    to: PluginState,
    details: { readonly time: number; readonly attempt: number; readonly reason?: string | undefined },
  ): PluginTransition | undefined {
    if (to === this.#state && details.reason === this.#reason) return undefined;
    if (!TRANSITIONS[this.#state].includes(to)) throw new RangeError(`A plugin cannot go from "${this.#state}" to "${to}".`);
    const transition = { from: this.#state, to, time: details.time, attempt: details.attempt, reason: details.reason };
    this.#state = to;
    this.#reason = details.reason;
    this.#history.push(transition);
    if (this.#history.length > HISTORY_LENGTH) this.#history.shift();
    return transition;
  }
}
