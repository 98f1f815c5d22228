/** Loads the operator's files and lays them over one another. A file that is missing is empty; one that cannot be read is a problem. */
import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { Type } from '@nestjs/common';
import { ConfigurationError } from './config.errors.js';
import { ConfigurationDocument } from './configuration-document.js';
import { problemAt, WHOLE_DOCUMENT, type ConfigurationProblem } from './configuration-problem.js';
import type { Directories } from './files/directories.js';
import { variable, type Environment, ENVIRONMENT_LABEL, environmentOrigin } from './environment.js';
import { portOverlay } from './variables/port-variable.js';
import { settingVariables } from './variables/setting-variables.js';
import { listConfigurationFiles, type ConfigurationFile, type FolderContents } from './files/configuration-files.js';
import { merged, type Layer } from './tree/layer.js';
import { activeProfiles } from './files/profiles.js';
import { readBoundedFile, systemCode, UnreadableFile } from './files/bounded-file.js';
import { isForbiddenKey, locate, mapAround, type ConfigurationNode } from './tree/configuration-node.js';
import { LARGEST_FILE_BYTES, readYaml } from './tree/yaml-reader.js';

/** All that was loaded before anything is built. */
export interface Configuration {
  /** `panotti.yaml`, `panotti.<profile>.yaml`, `PORT`, `PANOTTI__…`, each over the one before. */
  readonly host: ConfigurationDocument;
  /**
   * `plugins.yaml`, `plugins.<profile>.yaml`, `plugins/<name>.yaml`, `plugins/<name>.<profile>.yaml`, `PANOTTI__PLUGINS__…`: its top-level
   * keys are names of plugins. Paths in reports begin with `plugins`.
   */
  readonly plugins: ConfigurationDocument;
  readonly directories: Directories;
  readonly environment: Environment;
}

/** Reads the files of the folder. Does not throw for anything in them: each document has its problems. */
export async function loadConfiguration(directories: Directories, environment: Environment): Promise<Configuration> {
  const { files, misnamed } = await contentsOf(directories.configDirectory);
  const available = [...new Set(files.flatMap(({ profile }) => profile ?? []))].sort();
  const { active, problems } = activeProfiles(environment, available);
  const strays = [
    ...(await missingConfigDirectory(directories, environment)),
    ...problems,
    ...misnamed.map(({ path, message }) => fileProblem(path, message)),
  ].map((problem) => ({ path: [], problem }));
  const variables = settingVariables(environment);
  const layersOf = (document: ConfigurationFile['document']): Layer[] =>
    inOrder(files, active, document).map((file) => layerOf(file, environment));
  const host = [{ ...emptyLayer(join(directories.configDirectory, 'panotti.yaml')), strays }, ...layersOf('host')];
  const plugins = [emptyLayer(join(directories.configDirectory, 'plugins.yaml')), ...layersOf('plugins')];
  return {
    host: ConfigurationDocument.layered({
      layers: [...host, ...portLayer(host, environment)],
      variables: variables.host,
    }),
    plugins: ConfigurationDocument.layered({ layers: plugins, variables: variables.plugins, pathPrefix: 'plugins' }),
    directories,
    environment,
  };
}

/**
 * Binds, or reports everything at once.
 *
 * @throws ConfigurationError with the problems of the document and of the binding
 */
export function bindOrThrow<T extends object>(
  document: ConfigurationDocument,
  type: Type<T>,
  path: readonly string[],
): T {
  const { value, problems } = document.bind(type, path);
  if (value === undefined || document.problems.length > 0)
    throw new ConfigurationError([...document.problems, ...problems]);
  return value;
}

/** The files that count: those for all plugins before those for one, and in each group the one without a profile before the profiles. */
function inOrder(
  files: readonly ConfigurationFile[],
  active: readonly string[],
  document: ConfigurationFile['document'],
): ConfigurationFile[] {
  const rank = ({ profile }: ConfigurationFile): number => (profile === undefined ? 0 : active.indexOf(profile) + 1);
  return files
    .filter((file) => file.document === document && (file.profile === undefined || active.includes(file.profile)))
    .toSorted((a, b) => Number(a.plugin !== undefined) - Number(b.plugin !== undefined) || rank(a) - rank(b));
}

function layerOf({ path, document, plugin }: ConfigurationFile, environment: Environment): Layer {
  const label = shownName(path);
  const pathPrefix = document === 'host' ? undefined : ['plugins', ...(plugin === undefined ? [] : [plugin])].join('.');
  const root = rootOf(path, (text) =>
    readYaml({ file: label, text, environment, pathPrefix, directory: dirname(path) }),
  );
  if (plugin === undefined) return { label, root };
  if (isForbiddenKey(plugin))
    return { label, root: refused(fileProblem(path, 'is unknown; no plugin can have this name')) };
  return { label, root: mapAround([plugin], root) };
}

function rootOf(path: string, read: (text: string) => ConfigurationNode): ConfigurationNode {
  try {
    return read(readBoundedFile(path, LARGEST_FILE_BYTES) ?? '');
  } catch (error) {
    if (error instanceof UnreadableFile) return refused(fileProblem(path, `cannot be read: ${error.message}`));
    throw error;
  }
}

/** What is not written at all is missing from the file that everyone looks at first. */
function emptyLayer(path: string): Layer {
  const label = shownName(path);
  return { label, root: { kind: 'map', origin: { file: label, line: 1, column: 1 }, entries: new Map() } };
}

/** A section that is written as something else than a map stays as it is, so that its own problem is reported. */
function portLayer(lower: readonly Layer[], environment: Environment): Layer[] {
  const root = portOverlay(environment);
  const { node, isExact } = locate(merged(lower), ['http'], 'value');
  const isMapOrAbsent = !isExact || node?.kind === 'map' || (node?.kind === 'scalar' && node.value === null);
  return root !== undefined && isMapOrAbsent ? [{ label: ENVIRONMENT_LABEL, root }] : [];
}

/** The default folder may be missing; one that was asked for by name may not: its name is probably misspelt. */
async function missingConfigDirectory(
  directories: Directories,
  environment: Environment,
): Promise<ConfigurationProblem[]> {
  if (!variable(environment, 'PANOTTI_CONFIG_DIR')) return [];
  const found = await stat(directories.configDirectory).catch(() => undefined);
  if (found?.isDirectory()) return [];
  const fix = 'Name the folder of panotti.yaml and plugins.yaml, or unset the variable.';
  return [
    problemAt(environmentOrigin('PANOTTI_CONFIG_DIR'), '', 'is not a folder that exists', { code: 'CONFIG_FILE', fix }),
  ];
}

async function contentsOf(configDirectory: string): Promise<FolderContents> {
  try {
    return await listConfigurationFiles(configDirectory);
  } catch (error) {
    return {
      files: [],
      misnamed: [{ path: configDirectory, message: `cannot be read: ${systemCode(error) ?? 'unknown reason'}` }],
    };
  }
}

function fileProblem(path: string, message: string): ConfigurationProblem {
  return problemAt({ file: shownName(path), line: 1, column: 1 }, WHOLE_DOCUMENT, message, { code: 'CONFIG_FILE' });
}

function refused(problem: ConfigurationProblem): ConfigurationNode {
  const { file, line, column } = problem;
  return { kind: 'refused', origin: { file, line, column }, problems: [problem] };
}

/** Short inside the working directory, as the operator typed it; absolute elsewhere. */
export function shownName(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
