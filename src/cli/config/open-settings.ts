/** Pairs each document with the description of what it can hold, for commands that show what is in effect. */
import {
  sectionOf,
  type ClassDescription,
  type ConfigurationDocument,
  type ConfigurationReference,
} from '../../config/index.js';
import { PluginSection } from '../../host/index.js';
import { ServerOptions } from '../../lifecycle/index.js';
import { catalogOf, openConfiguration } from '../access/open-catalog.js';
import { referenceOf } from './open-reference.js';
import type { CommonOptions, ProgramContext } from '../command/surroundings.js';

/** The settings of one file: the server's, or the section of one plugin. */
export interface DescribedSettings {
  /** `undefined` for the server. */
  readonly plugin: string | undefined;
  readonly description: ClassDescription;
  /** The files, overridden by the environment variables of these settings. */
  readonly document: ConfigurationDocument;
  /** The path in the document below which the settings are. */
  readonly root: readonly string[];
  /** Prefix of every path that is shown. */
  readonly prefix: string | undefined;
}

export interface OpenedSettings {
  readonly reference: ConfigurationReference;
  readonly server: DescribedSettings;
  /** Sorted by name. */
  readonly plugins: readonly DescribedSettings[];
}

/** @throws ConfigurationError if the configuration as a whole cannot be used */
export async function openSettings(options: CommonOptions, context: ProgramContext): Promise<OpenedSettings> {
  const configuration = await openConfiguration(options, context);
  using catalog = await catalogOf(configuration, context);
  const reference = referenceOf(catalog);
  const plugins = reference.plugins.map((plugin): DescribedSettings => {
    const { name } = plugin;
    const config = catalog.entries.get(name)?.manifest.config;
    const common = configuration.plugins.withVariables(PluginSection, [name], ['settings']);
    const document = config ? common.withVariables(config, [name, 'settings']) : common;
    return { plugin: name, description: sectionOf(reference, plugin), document, root: [name], prefix: 'plugins' };
  });
  const document = configuration.host.withVariables(ServerOptions, []);
  return {
    reference,
    server: { plugin: undefined, description: reference.host, document, root: [], prefix: undefined },
    plugins,
  };
}
