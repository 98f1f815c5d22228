/** The configuration of an application that embeds the host: from files, or given in code. */
import { resolve } from 'node:path';
import {
  type Configuration,
  ConfigurationDocument,
  loadConfiguration,
  locateDirectories,
  processEnvironment,
} from '../../config/index.js';

export interface EmbeddedSettings {
  /** A folder with panotti.yaml and plugins.yaml; relative to the working directory. Left out: no files are read. */
  readonly configDirectory?: string;
  /** Where plugins keep their data; default PANOTTI_DATA_DIR, then `data` in the working directory. */
  readonly dataDirectory?: string;
  /** What panotti.yaml would say; ignored with `configDirectory`. */
  readonly host?: object;
  /** What plugins.yaml would say: plugin name to `{ enabled, required, settings … }`; ignored with `configDirectory`. */
  readonly pluginSections?: object;
}

export async function embeddedConfiguration(settings: EmbeddedSettings): Promise<Configuration> {
  const environment = processEnvironment();
  const located = locateDirectories(environment);
  const directories = {
    configDirectory: settings.configDirectory ? resolve(settings.configDirectory) : located.configDirectory,
    dataDirectory: settings.dataDirectory ? resolve(settings.dataDirectory) : located.dataDirectory,
  };
  if (settings.configDirectory) return loadConfiguration(directories, environment);
  return {
    host: ConfigurationDocument.fromObject({ label: 'PluginHostModule.forRoot host', value: settings.host ?? {} }),
    plugins: ConfigurationDocument.fromObject({
      label: 'PluginHostModule.forRoot pluginSections',
      value: settings.pluginSections ?? {},
      pathPrefix: 'plugins',
    }),
    directories,
    environment,
  };
}
