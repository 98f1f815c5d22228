/** Which problems of a configuration came with it. Pure. */
import type { ConfigurationProblem } from '../../config/index.js';
import type { PluginCatalog, PluginProblem } from '../../host/index.js';

/**
 * The mistakes in the sections of plugins that were in order before, and sections that belong to no plugin. What was wrong already, what
 * has come since, and sections of plugins that have gone are left out: they are no reason to refuse the changes of the others.
 */
export function newMistakes(before: PluginCatalog, after: PluginCatalog): ConfigurationProblem[] {
  // By place and not by line: what was wrong may have moved down.
  const known = new Set(before.configurationProblems.map(placeOf));
  const found = after.problems
    .filter((problem) => isNew(problem, before, after))
    .flatMap(({ configuration = [] }) => configuration);
  return found.filter((problem) => !known.has(placeOf(problem)));
}

function isNew({ plugin }: PluginProblem, before: PluginCatalog, after: PluginCatalog): boolean {
  if (plugin === undefined) return true;
  const [was, is] = [before.entries.get(plugin), after.entries.get(plugin)];
  if (is === undefined || is.origin.kind === 'none') return was === undefined;
  return was !== undefined && was.status !== 'invalid';
}

function placeOf({ path, message }: ConfigurationProblem): string {
  return `${path}: ${message}`;
}
