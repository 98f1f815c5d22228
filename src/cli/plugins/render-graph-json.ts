/** The graph of plugins for programs. */
import type { DependencyGraph, PluginProblem } from '../../host/index.js';

/** `{ plugins: [{ name, version, status }], dependencies: [{ plugin, dependency, range, optional, found }], levels, problems }`. */
export function renderGraphJson(
  graph: DependencyGraph,
  statusOf: (name: string) => string,
  problems: readonly PluginProblem[],
): string {
  const plugins = graph.nodes().map(({ name, version = null }) => ({ name, version, status: statusOf(name) }));
  const dependencies = graph
    .edges()
    .map(({ plugin, dependency, range, optional, found = null }) => ({ plugin, dependency, range, optional, found }));
  return JSON.stringify({ plugins, dependencies, levels: graph.levels(), problems }, null, 2);
}
