/** Describes what can be configured: the server's own classes and those of the plugins that are found. */
import { nearestWord } from '../../common/index.js';
import { describeConfiguration, type ConfigurationReference, type DescribedPlugin } from '../../config/index.js';
import { PluginSection, problemReport, type PluginCatalog } from '../../host/index.js';
import { ServerOptions } from '../../lifecycle/index.js';
import type { Usage } from '../command/command.js';
import { openCatalog } from '../access/open-catalog.js';
import type { CommonOptions, ProgramContext } from '../command/surroundings.js';

/**
 * Imports the plugins and starts none. Problems in their sections do not matter here; a plugin that cannot be loaded is missing in the
 * result, which is reported.
 *
 * @throws ConfigurationError if the configuration as a whole cannot be used
 */
export async function openReference(options: CommonOptions, context: ProgramContext): Promise<ConfigurationReference> {
  using catalog = await openCatalog(options, context);
  const missing = catalog.problems.filter(
    ({ plugin }) => plugin === undefined || catalog.entries.get(plugin)?.isLoaded !== true,
  );
  if (missing.length > 0) context.terminal.err(`${problemReport(missing)}\n`);
  return referenceOf(catalog);
}

/** Includes disabled plugins: their settings are what an operator looks up before enabling them. */
export function referenceOf(catalog: Pick<PluginCatalog, 'entries'>): ConfigurationReference {
  const plugins = [...catalog.entries.values()]
    .filter(({ isLoaded }) => isLoaded)
    .map(({ name, manifest }) => ({
      name,
      version: manifest.version,
      description: manifest.description,
      config: manifest.config,
    }));
  return describeConfiguration({ host: ServerOptions, section: PluginSection, plugins });
}

/** Finds a plugin by name. An unknown name ends the command with wrong usage and the nearest name. */
export function pluginNamed(name: string, { plugins }: ConfigurationReference, usage: Usage): DescribedPlugin {
  const found = plugins.find((plugin) => plugin.name === name);
  if (found) return found;
  const names = plugins.map((plugin) => plugin.name);
  const meant = name.length > 64 ? undefined : nearestWord(name, names);
  const known = names.length === 0 ? 'There are none.' : `There are ${names.join(', ')}.`;
  return usage(
    `error: no plugin has the name ${JSON.stringify(name.slice(0, 64))}. ${meant === undefined ? known : `Did you mean "${meant}"?`}`,
  );
}
