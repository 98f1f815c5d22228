/** Says in words what is wrong between plugins. */
import type { PluginProblem } from '../plugin-problem.js';
import type { GraphProblem } from './dependency-graph.js';

/** A problem of the graph with every plugin that cannot start because of it: for a cycle, all of its members. */
export interface SharedProblem {
  readonly plugins: readonly string[];
  readonly problem: PluginProblem;
}

/** @param unloaded what could not be loaded, by the name that it probably has: a missing dependency may be one of them */
export function describeGraphProblem(problem: GraphProblem, unloaded: ReadonlySet<string>): SharedProblem {
  switch (problem.kind) {
    case 'missing':
      return one(
        problem.plugin,
        'PLUGIN_DEPENDENCY_MISSING',
        missingMessage(problem, unloaded),
        missingFix(problem, unloaded),
      );
    case 'version':
      return one(
        problem.plugin,
        'PLUGIN_DEPENDENCY_VERSION',
        `Plugin "${problem.plugin}" needs "${problem.dependency}" ${problem.range}, but ${problem.found} was found.`,
        `Install a version of "${problem.dependency}" in ${problem.range}, or a version of "${problem.plugin}" that works with ${problem.found}.`,
      );
    case 'cycle':
      return cycle(problem.path);
  }
}

function missingMessage(
  { plugin, dependency, range, meant }: GraphProblem & { kind: 'missing' },
  unloaded: ReadonlySet<string>,
): string {
  if (unloaded.has(dependency))
    return `Plugin "${plugin}" depends on "${dependency}" (${range}), which could not be loaded.`;
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`;
  return `Plugin "${plugin}" depends on "${dependency}" (${range}), which was not found${hint || '.'}`;
}

function missingFix(
  { plugin, dependency, meant }: GraphProblem & { kind: 'missing' },
  unloaded: ReadonlySet<string>,
): string {
  if (unloaded.has(dependency))
    return `Correct "${dependency}", which could not be loaded: it has a problem of its own in this report.`;
  if (meant !== undefined) return `Correct the name in the manifest of "${plugin}", or install "${dependency}".`;
  return `Install "${dependency}" into one of plugins.directories or list its package in plugins.packages, or disable "${plugin}".`;
}

function cycle(path: readonly string[]): SharedProblem {
  const members = path.slice(1);
  return {
    plugins: members,
    problem: {
      code: 'PLUGIN_DEPENDENCY_CYCLE',
      plugin: path[0],
      message: `These plugins depend on each other, so none of them can start first: ${path.join(' -> ')}.`,
      fix: 'Remove one of these dependencies: let one plugin publish an event that the other reacts to, or move what both need into a third plugin.',
    },
  };
}

function one(plugin: string, code: string, message: string, fix: string): SharedProblem {
  return { plugins: [plugin], problem: { code, plugin, message, fix } };
}
