/** Why plugins are in their states, in words for operators. The first line of a reason sums it up; further lines list all of it. Pure. */
import { asSentence, leadingProblem, reasonOf } from '../../common/index.js';
import { waitsForProgram } from '../../host/index.js';
import type { PluginNotReadyError } from '../../plugin/index.js';
import type { PluginRuntime } from './plugin-runtime.js';
import { isUp, type PluginStateName } from './plugin-state.js';

/** Characters of a reason that is repeated in that of the dependents: with each link of a chain it gets longer. */
const LONGEST_BLAME = 400;

const SUSPENDED = 'It failed three times within a minute, or three calls of its handlers hang. Fix it, then resume it.';

/** States of plugins that are not meant to run. */
const RESTING: ReadonlySet<string> = new Set(['disabled', 'stopped']);

/** State of a plugin that is meant to run and cannot. */
export function restingState({ entry }: PluginRuntime): PluginStateName {
  return entry.status === 'startable' ? 'stopped' : entry.status;
}

/** The reason for a state in which a plugin stays by itself. */
export function restingReason(state: PluginStateName, { entry }: PluginRuntime): string | undefined {
  if (state === 'suspended') return SUSPENDED;
  if (state === 'stopped') return undefined;
  return entry.problems.map(({ message }) => leadingProblem(withoutName(entry.name, message))).join('\n') || undefined;
}

export function failureReason(runtime: PluginRuntime, error: Error): string {
  return withoutName(runtime.name, reasonOf(error));
}

export function suspensionReason(runtime: PluginRuntime, error: Error): string {
  return `${SUSPENDED} The last time: ${failureReason(runtime, error)}`;
}

/** The first line says what is missing and when the next attempt is, so the fix of the error is left out. */
export function retryReason(error: PluginNotReadyError, delayMs: number): string {
  const [first = '', ...rest] = reasonOf(error).split('\n');
  const others = rest.filter((line) => line.trim() !== `Fix: ${error.fix}`);
  return [`${asSentence(first)} Next attempt in ${(delayMs / 1000).toFixed(1)} s.`, ...others].join('\n');
}

/** The plugin that began it. */
export function rootOf(obstacle: PluginRuntime): PluginRuntime {
  return (obstacle.machine.state === 'blocked' && obstacle.blockedBy) || obstacle;
}

/**
 * Names the plugin that is in the way, and those behind it down to the one that began it; of a long chain only its ends. What that one threw is left
 * out, because reasons of blocked plugins are public.
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

/** Sorted by name, a line each with the first line of its reason; `undefined` when every plugin is up that is meant to run. */
export function startReport(runtimes: readonly PluginRuntime[]): string | undefined {
  const down = runtimes.filter(
    ({ machine, entry }) => !isUp(machine.state) && !RESTING.has(machine.state) && !waitsForProgram(entry),
  );
  if (down.length === 0) return undefined;
  const lines = down.map(({ name, machine, entry }) => {
    const reason = machine.reason?.split('\n', 1)[0] ?? '';
    return `  "${name}"${entry.section.required ? ', which is required,' : ''} is ${machine.state}${reason === '' ? '.' : `: ${reason}`}`;
  });
  return `${down.length} of ${runtimes.length} plugins are not up:\n${lines.toSorted().join('\n')}`;
}

/** Without the name of the plugin at its beginning: what shows a reason has named the plugin already. */
function withoutName(plugin: string, text: string): string {
  const name = `Plugin "${plugin}" `;
  return text.startsWith(name) ? `It ${text.slice(name.length)}` : text;
}
