/** Which problems of a configuration came with it. Pure. */
import type { ConfigurationProblem } from '../../config/index.js';
import type { PluginCatalog, PluginProblem } from '../../host/index.js';

/**
 * The mistakes in sections of plugins that were valid before, and sections that belong to no plugin. Mistakes that were there already, and
 * sections of plugins that have come or gone since, are left out: they must not block the changes of the others.
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
