/** The documents and descriptions side by side, for commands that tell what is in effect. */
import {
  locateDirectories,
  loadConfiguration,
  sectionOf,
  type ClassDescription,
  type ConfigurationDocument,
  type ConfigurationReference,
} from '../../config/index.js';
import { PluginSection, prepareCatalog } from '../../host/index.js';
import { ServerOptions } from '../../lifecycle/index.js';
import { chosenEnvironment } from '../access/open-catalog.js';
import { referenceOf } from './open-reference.js';
import type { CommonOptions, ProgramContext } from '../command/surroundings.js';

/** One file's worth of settings: the server's, or the section of one plugin. */
export interface DescribedSettings {
  /** `undefined` for the server. */
  readonly plugin: string | undefined;
  readonly description: ClassDescription;
  /** With the variables that belong to these settings laid over the files. */
  readonly document: ConfigurationDocument;
  /** Where the settings begin in the document. */
  readonly root: readonly string[];
  /** Stands before every path in what is shown. */
  readonly prefix: string | undefined;
}

export interface OpenedSettings {
  readonly reference: ConfigurationReference;
  readonly server: DescribedSettings;
  /** Sorted by name. */
  readonly plugins: readonly DescribedSettings[];
}

/** @throws ConfigurationError where the configuration as a whole cannot be used */
export async function openSettings(options: CommonOptions, context: ProgramContext): Promise<OpenedSettings> {
  const environment = chosenEnvironment(options, context.environment);
  const configuration = await loadConfiguration(locateDirectories(environment), environment);
  const { shipped, modules } = context;
  using catalog = await prepareCatalog({ configuration, shipped, ...(modules ? { modules } : {}) });
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
