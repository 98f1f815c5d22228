/** Binds all of panotti.yaml. The section of a plugin in it, which stands in plugins.yaml, is called so. */
import type { Bound, ConfigurationDocument, ConfigurationProblem, Path } from '../../config/index.js';
import { isPluginSection } from '../../host/index.js';
import { ServerOptions } from './server.options.js';

const DETAILS = {
  code: 'CONFIG_UNKNOWN_KEY',
  fix: 'Move it to plugins.yaml, with its name at the beginning of the line.',
} as const;
const MESSAGE = 'is no option of the server; it looks like the section of a plugin';

/** As `document.bind`, with better words for sections of plugins. */
export function bindServerOptions(document: ConfigurationDocument): Bound<ServerOptions> {
  const bound = document.bind(ServerOptions, []);
  if (bound.problems.length === 0) return bound;
  const places: Path[] = [[], ['plugins']].flatMap((above) => document.keys(above).map((key) => above.concat(key)));
  const sections = places.filter((path) => isPluginSection(document.valueAt(path)));
  const better = new Map(
    sections.map((path) => document.problemAt(path, MESSAGE, 'key', DETAILS)).map((problem) => [problem.path, problem]),
  );
  const worded = (problem: ConfigurationProblem): ConfigurationProblem =>
    (problem.code === 'CONFIG_UNKNOWN_KEY' && better.get(problem.path)) || problem;
  return { ...bound, problems: bound.problems.map(worded) };
}
