/** Which files of the configuration folder are settings, and for what: the names alone decide. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './bounded-file.js';
import { PROFILE_NAME } from './profiles.js';

export interface ConfigurationFile {
  /** Absolute. */
  readonly path: string;
  readonly document: 'host' | 'plugins';
  /** The plugin that it is for; `undefined` where it is for all. */
  readonly plugin: string | undefined;
  /** `undefined` where it always counts. */
  readonly profile: string | undefined;
}

export interface FolderContents {
  readonly files: readonly ConfigurationFile[];
  /** Files that look like settings and whose names say nothing to the server, with the reason. */
  readonly misnamed: readonly { readonly path: string; readonly message: string }[];
}

/** The folder of one file for each plugin, inside the configuration folder. */
export const PLUGIN_FOLDER = 'plugins';
const DOCUMENTS: Readonly<Record<string, ConfigurationFile['document']>> = { panotti: 'host', plugins: 'plugins' };
const YAML_NAME = /^([^.]+)(?:\.(.+))?\.(ya?ml)$/i;

/** @throws the error of the system when a folder that is there cannot be read */
export async function listConfigurationFiles(configDirectory: string): Promise<FolderContents> {
  const pluginFolder = join(configDirectory, PLUGIN_FOLDER);
  const [top, below] = await Promise.all([namesIn(configDirectory), namesIn(pluginFolder)]);
  const read = [
    ...top.map((name) => fileOf(configDirectory, name, undefined)),
    ...below.map((name) => fileOf(pluginFolder, name, 'plugins')),
  ];
  return {
    files: read.flatMap((found) => (found !== undefined && 'document' in found ? [found] : [])),
    misnamed: read.flatMap((found) => (found !== undefined && 'message' in found ? [found] : [])),
  };
}

/** @param inside the document that every file of the folder belongs to, one for each plugin */
function fileOf(
  folder: string,
  name: string,
  inside: 'plugins' | undefined,
): ConfigurationFile | { path: string; message: string } | undefined {
  const [, stem = '', profile, extension = ''] = YAML_NAME.exec(name) ?? [];
  const document = inside ?? (Object.hasOwn(DOCUMENTS, stem) ? DOCUMENTS[stem] : undefined);
  if (document === undefined || stem === '') return undefined;
  const path = join(folder, name);
  if (extension !== 'yaml') return { path, message: 'is not read: the name must end with .yaml' };
  if (profile !== undefined && !PROFILE_NAME.test(profile)) {
    return {
      path,
      message: 'is not read: between the dots stands the name of a profile, of letters, digits, "-" and "_"',
    };
  }
  return { path, document, plugin: inside === undefined ? undefined : stem, profile };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
