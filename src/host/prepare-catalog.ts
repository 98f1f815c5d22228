/** The catalog of a configured server: the one way in for the server, the command line and applications that embed the host. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Type } from '@nestjs/common';
import { SystemClock, type Clock } from '../common/index.js';
import { bindWithWarnings, type Configuration } from '../config/index.js';
import { buildCatalog } from './build-catalog.js';
import { readHostPackage } from './discovery/host-package.js';
import { NodePluginModules } from './discovery/node-plugin-modules.js';
import type { PluginModules } from './discovery/plugin-modules.port.js';
import { PluginsOptions } from './host.options.js';
import type { PluginCatalog } from './plugin-catalog.js';

/** The folder of the plugins that ship with the server. */
export const SHIPPED_PLUGINS: string = fileURLToPath(new URL('../plugins/', import.meta.url));

export interface CatalogOptions {
  readonly configuration: Configuration;
  /** Plugin classes that an application passes in code. */
  readonly embedded?: readonly Type<object>[];
  /** The folder of the plugins that ship with the server; without it there are none. */
  readonly shipped?: string | undefined;
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** Default: Node's loader with the host's packages in reach of plugins. */
  readonly modules?: PluginModules;
  /** Where npm packages are looked up, beside the configuration folder. Default: the working directory of the process. */
  readonly workingDirectory?: string;
}

/**
 * Finds the plugins of `panotti.yaml`, checks and configures them, and starts none. What is wrong with a plugin is in the catalog.
 *
 * @throws ConfigurationError where the section `plugins` of `panotti.yaml` is wrong or one of the files cannot be read as a whole
 *
 * @example
 * using catalog = await prepareCatalog({ configuration, shipped: SHIPPED_PLUGINS });
 * for (const { name, status } of catalog.entries.values()) console.log(name, status);
 */
export async function prepareCatalog(options: CatalogOptions): Promise<PluginCatalog> {
  const { configuration, embedded = [], shipped, clock = new SystemClock(), workingDirectory = process.cwd() } = options;
  const { configDirectory } = configuration.directories;
  const { value: wanted, warnings: hostWarnings } = bindWithWarnings(configuration.host, PluginsOptions, ['plugins']);
  const { directories, packages } = wanted;
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
    machine: {
      hostVersion: host.version,
      nodeVersion: process.versions.node,
      platform: process.platform,
      environment: configuration.environment,
    },
    modules: options.modules ?? new NodePluginModules(host),
    clock,
  });
}
