/** Loads the configuration and discovers the plugins, as the server does before it starts any. */
import { locateDirectories, loadConfiguration, type Configuration, type Environment } from '../../config/index.js';
import { prepareCatalog, type PluginCatalog } from '../../host/index.js';
import type { DirectoryOptions, Surroundings } from '../command/surroundings.js';

/** @throws ConfigurationError if the configuration as a whole cannot be used */
export async function openCatalog(options: DirectoryOptions, surroundings: Surroundings): Promise<PluginCatalog> {
  return catalogOf(await openConfiguration(options, surroundings), surroundings);
}

/** Imports the plugins that the configuration names. @throws ConfigurationError if its plugins cannot be looked for */
export function catalogOf(
  configuration: Configuration,
  { shipped, modules, imports }: Surroundings,
): Promise<PluginCatalog> {
  return prepareCatalog({ configuration, shipped, imports, ...(modules ? { modules } : {}) });
}

/** @throws ConfigurationError if the configuration as a whole cannot be used */
export async function openConfiguration(
  options: DirectoryOptions,
  { environment }: Surroundings,
): Promise<Configuration> {
  const chosen = chosenEnvironment(options, environment);
  return loadConfiguration(locateDirectories(chosen), chosen);
}

/** Directories become variables, so that a folder that does not exist is reported in the same way however it was named. */
export function chosenEnvironment(options: DirectoryOptions, environment: Environment): Environment {
  return {
    ...environment,
    ...(options.configDir === undefined ? {} : { PANOTTI_CONFIG_DIR: options.configDir }),
    ...(options.dataDir === undefined ? {} : { PANOTTI_DATA_DIR: options.dataDir }),
  };
}
