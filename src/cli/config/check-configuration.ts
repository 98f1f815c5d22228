/** Finds everything that is wrong with the configuration, in all files and plugins at once, even if part of it cannot be read. */
import {
  ConfigurationError,
  sortedProblems,
  type Configuration,
  type ConfigurationProblem,
} from '../../config/index.js';
import type { PluginEntry, PluginProblem } from '../../host/index.js';
import { bindServerOptions } from '../../lifecycle/index.js';
import { catalogOf, openConfiguration } from '../access/open-catalog.js';
import type { DirectoryOptions, Surroundings } from '../command/surroundings.js';

export interface CheckedConfiguration {
  /** Sorted, each once. */
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
  /** What else keeps plugins from starting: dependencies, requirements of the machine, files that cannot be imported. */
  readonly pluginProblems: readonly PluginProblem[];
  /** Empty if plugins could not be looked for. */
  readonly plugins: readonly CheckedPlugin[];
}

export interface CheckedPlugin extends Pick<PluginEntry, 'name' | 'status' | 'isLoaded'> {
  readonly isRequired: boolean;
}

/** Imports the plugins and starts none. Never rejects because of the configuration. */
export async function checkConfiguration(
  options: DirectoryOptions,
  surroundings: Surroundings,
): Promise<CheckedConfiguration> {
  const configuration = await openConfiguration(options, surroundings);
  const host = bindServerOptions(configuration.host);
  const rest = await checkPlugins(configuration, surroundings);
  return {
    problems: sortedProblems([...configuration.host.problems, ...host.problems, ...rest.problems]),
    warnings: sortedProblems([...configuration.host.warnings, ...host.warnings, ...rest.warnings]),
    pluginProblems: rest.pluginProblems,
    plugins: rest.plugins,
  };
}

async function checkPlugins(configuration: Configuration, surroundings: Surroundings): Promise<CheckedConfiguration> {
  try {
    using catalog = await catalogOf(configuration, surroundings);
    const entries = [...catalog.entries.values()];
    return {
      problems: catalog.configurationProblems,
      warnings: catalog.warnings,
      pluginProblems: catalog.problems.filter((problem) => problem.configuration === undefined),
      plugins: entries.map(({ name, status, isLoaded, section }) => ({
        name,
        status,
        isLoaded,
        isRequired: section.required,
      })),
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { problems, warnings } = configuration.plugins;
    return { problems: [...error.problems, ...problems], warnings, pluginProblems: [], plugins: [] };
  }
}
