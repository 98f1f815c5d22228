/** The catalog of a configured server: the one way in for the server, the command line and applications that embed the host. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Type } from '@nestjs/common';
import { SystemClock, type Clock } from '../common/index.js';
import { ConfigurationError, type Configuration, type ConfigurationProblem } from '../config/index.js';
import { buildCatalog } from './build-catalog.js';
import { readHostPackage } from './discovery/host-package.js';
import { NodePluginModules } from './discovery/node-plugin-modules.js';
import type { ImportWatch } from './discovery/import-watch.js';
import type { PluginModules } from './discovery/plugin-modules.port.js';
import { PluginsOptions } from './host.options.js';
import type { PluginCatalog } from './plugin-catalog.js';
import { printableText } from './printable-text.js';

/** The folder of the plugins that ship with the server. */
export const SHIPPED_PLUGINS: string = fileURLToPath(new URL('../plugins/', import.meta.url));

/** That are named in a warning about a directory. */
const MOST_FOLDERS = 10;

export interface CatalogOptions {
  readonly configuration: Configuration;
  /** Plugin classes that an application passes in code. */
  readonly embedded?: readonly Type<object>[];
  /** The folder of the plugins that ship with the server; without it there are none. */
  readonly shipped?: string | undefined;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** Keeps watch over the imports. Default: no watchdog does. */
  readonly imports?: ImportWatch | undefined;
  /** Default: Node's loader with the host's packages in reach of plugins. */
  readonly modules?: PluginModules;
  /** Where npm packages are looked up, beside the configuration folder. Default: the working directory of the process. */
  readonly workingDirectory?: string;
}

/**
 * Finds the plugins of `panotti.yaml`, checks and configures them, and starts none. What is wrong with a plugin is in the catalog.
 *
 * @throws ConfigurationError with all problems, also those of plugins, where the section `plugins` of `panotti.yaml` is wrong or one of
 *   the files cannot be read as a whole
 *
 * @example
 * using catalog = await prepareCatalog({ configuration, shipped: SHIPPED_PLUGINS });
 * for (const { name, status } of catalog.entries.values()) console.log(name, status);
 */
export async function prepareCatalog(options: CatalogOptions): Promise<PluginCatalog> {
  const { host, plugins } = options.configuration;
  const { value: wanted, problems, warnings } = host.bind(PluginsOptions, ['plugins']);
  if (wanted === undefined) throw new ConfigurationError([...host.problems, ...problems, ...plugins.problems]);
  const catalog = await findPlugins(options, wanted, [...host.warnings, ...warnings]);
  if (host.problems.length === 0) return catalog;
  const found = catalog.configurationProblems;
  catalog[Symbol.dispose]();
  throw new ConfigurationError([...host.problems, ...found]);
}

async function findPlugins(
  {
    configuration,
    embedded = [],
    shipped,
    clock = new SystemClock(),
    workingDirectory = process.cwd(),
    modules,
    imports,
  }: CatalogOptions,
  { directories, packages, importTimeout }: PluginsOptions,
  hostWarnings: readonly ConfigurationProblem[],
): Promise<PluginCatalog> {
  const { configDirectory } = configuration.directories;
  const host = await readHostPackage();
  return buildCatalog({
    sources: {
      embedded,
      shipped,
      directories: directories.map((directory) => resolve(configDirectory, directory)),
      packages,
      packageBases: [...new Set([configDirectory, workingDirectory])],
    },
    document: configuration.plugins,
    hostWarnings,
    warningAbout: ({ directory, folders }) => {
      const index = directories.findIndex((one) => resolve(configDirectory, one) === directory);
      return index < 0 ? [] : [fruitless(configuration.host, index, folders)];
    },
    machine: {
      hostVersion: host.version,
      nodeVersion: process.versions.node,
      platform: process.platform,
      environment: configuration.environment,
    },
    modules: modules ?? new NodePluginModules(host),
    clock,
    ...(imports ? { imports } : {}),
    importTimeoutMs: importTimeout * 1_000,
  });
}

/** Most often it is one level too high, or what is in it is not built. */
function fruitless(host: Configuration['host'], index: number, folders: readonly string[]): ConfigurationProblem {
  const shown = folders.slice(0, MOST_FOLDERS).map((name) => printableText(name, 40));
  const more = folders.length > shown.length ? ` and ${folders.length - shown.length} more` : '';
  const what = folders.length === 0 ? 'no folder' : `the folders ${shown.join(', ')}${more}, which are no plugins`;
  const fix =
    'Name the folder whose entries are plugins: folders with a package.json, or files that end with .js or .mjs; build them first.';
  return host.problemAt(['plugins', 'directories', index], `has no plugin in it; it has ${what}`, 'value', { fix });
}

/** What is wrong in the sections of plugins, for a report of everything where something else is wrong already. */
export async function pluginConfigurationProblems(options: CatalogOptions): Promise<ConfigurationProblem[]> {
  try {
    using catalog = await prepareCatalog(options);
    return catalog.configurationProblems;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return [...error.problems, ...options.configuration.plugins.problems];
  }
}
