/** Loads the configuration and discovers the plugins, as the server does before it starts any. */
import { locateDirectories, loadConfiguration, type Configuration, type Environment } from '../../config/index.js';
import { prepareCatalog, type PluginCatalog } from '../../host/index.js';
import type { DirectoryOptions, Surroundings } from '../command/surroundings.js';

/** @throws ConfigurationError where the configuration as a whole cannot be used */
export async function openCatalog(options: DirectoryOptions, surroundings: Surroundings): Promise<PluginCatalog> {
  const { shipped, modules, imports } = surroundings;
  const configuration = await openConfiguration(options, surroundings);
  return prepareCatalog({ configuration, shipped, imports, ...(modules ? { modules } : {}) });
}

/** @throws ConfigurationError where the configuration as a whole cannot be used */
export async function openConfiguration(
  options: DirectoryOptions,
  { environment }: Surroundings,
): Promise<Configuration> {
  const chosen = chosenEnvironment(options, environment);
  return loadConfiguration(locateDirectories(chosen), chosen);
}

/** As variables, so that a folder that is not there is reported no matter how it was named. */
export function chosenEnvironment(options: DirectoryOptions, environment: Environment): Environment {
  return {
    ...environment,
    ...(options.configDir === undefined ? {} : { PANOTTI_CONFIG_DIR: options.configDir }),
    ...(options.dataDir === undefined ? {} : { PANOTTI_DATA_DIR: options.dataDir }),
  };
}
