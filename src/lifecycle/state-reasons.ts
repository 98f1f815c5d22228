/** The reasons that are given for the states of plugins. */
import type { PluginRuntime } from './plugin-runtime.js';
import type { PluginStateName } from './plugin-state.js';

/** Characters of a reason that is repeated in that of the dependents: with each link of a chain it gets longer. */
const LONGEST_BLAME = 400;

export const SUSPENDED = 'It failed three times within a minute, or three calls of its handlers hang. Fix it, then resume it.';

/** State of a plugin that is meant to run and cannot. */
export function restingState({ entry }: PluginRuntime): PluginStateName {
  return entry.status === 'startable' ? 'stopped' : entry.status;
}

/** Why a plugin that does not run is in its state; `undefined` where the state says it all. */
export function restingReason(state: PluginStateName, problems: readonly { readonly message: string }[]): string | undefined {
  if (state === 'suspended') return SUSPENDED;
  return state === 'stopped' ? undefined : problems.map(({ message }) => message).join(' ') || undefined;
}

/** The plugin that began it. */
export function rootOf(obstacle: PluginRuntime): PluginRuntime {
  return (obstacle.machine.state === 'blocked' && obstacle.blockedBy) || obstacle;
}

/**
 * Names the plugin that is in the way, and those behind it down to the one that began it; of a long chain only its ends. What that one threw stands
 * with itself: it is not for everybody's eyes.
 */
export function blame(obstacle: PluginRuntime): string {
  const { state, reason = '' } = obstacle.machine;
  const root = rootOf(obstacle);
  const text = `It depends on "${obstacle.name}", which is ${state}`;
  if (state !== 'blocked') return `${text}.`;
  return reason.length <= LONGEST_BLAME || root === obstacle
    ? `${text}: ${reason}`
    : `${text} by "${root.name}", which is ${root.machine.state}.`;
}
