/** What became of the plugins that were to start and are not up, in one text. Pure. */
import { waitsForProgram } from '../../host/index.js';
import type { PluginRuntime } from './plugin-runtime.js';
import { isUp } from './plugin-state.js';

/** States of plugins that are not meant to run. */
const RESTING: ReadonlySet<string> = new Set(['disabled', 'stopped']);

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
