/** What editors read: the schema, the line in each file that names it, and the setting by which VS Code takes `!encrypted`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { FileNotWrittenError, SectionNotAddedError } from '../config.errors.js';
import { listConfigurationFiles, PLUGIN_FOLDER } from '../files/configuration-files.js';
import { systemCode } from '../files/bounded-file.js';
import { writeTextFile } from '../files/text-file.js';

const SCHEMA_FILE = 'schema.json';
const SCHEMA_LINE = '# yaml-language-server: $schema=';
const CUSTOM_TAGS = 'yaml.customTags';
const ENCRYPTED_TAG = '!encrypted scalar';
/** Where the schema describes each document. */
const DEFINITIONS = { host: 'panotti', plugins: 'plugins' } as const;

export interface EditorFiles {
  /** Paths that were written, in the order of writing; files that were right already are not among them. */
  readonly written: readonly string[];
  /** Set where the settings of VS Code have comments or are not valid JSON, so that they were left alone: what to add by hand. */
  readonly advice?: string;
}

/**
 * Writes the schema beside the configuration, names it in the first line of each YAML file that does not name one, and adds `!encrypted` to
 * `.vscode/settings.json` in the folder above. Nothing else of these files changes.
 *
 * @param schema JSON text
 * @throws FileNotWrittenError
 */
export async function writeEditorFiles(configDirectory: string, schema: string): Promise<EditorFiles> {
  const written: string[] = [];
  const write = async (path: string, text: string): Promise<void> => {
    if ((await textOf(path)) === text) return;
    await writeTextFile(path, text);
    written.push(path);
  };
  await write(join(configDirectory, SCHEMA_FILE), schema);
  const { files } = await listConfigurationFiles(configDirectory);
  for (const { path, document, plugin } of files) {
    const text = (await textOf(path)) ?? '';
    const definition = plugin === undefined ? DEFINITIONS[document] : `plugins.${plugin}`;
    if (!text.includes(SCHEMA_LINE))
      await write(path, withFirstLine(text, schemaLine(path, configDirectory, definition)));
  }
  const settings = join(dirname(configDirectory), '.vscode/settings.json');
  const merged = withEncryptedTag(await textOf(settings));
  if (merged === undefined) {
    return {
      written,
      advice: `${settings} is not plain JSON and was left as it is. Add to it: "${CUSTOM_TAGS}": ["${ENCRYPTED_TAG}"]`,
    };
  }
  await makeFolder(dirname(settings));
  await write(settings, merged);
  return { written };
}

/**
 * Makes `plugins/<name>.yaml` with the section of a plugin and the line that names its schema.
 *
 * @param section as `sectionTemplate` makes it
 * @returns the file
 * @throws SectionNotAddedError when the plugin has a file of its own already
 * @throws FileNotWrittenError
 */
export async function makeOwnFile(configDirectory: string, name: string, section: string): Promise<string> {
  const file = join(configDirectory, PLUGIN_FOLDER, `${name}.yaml`);
  await makeFolder(dirname(file));
  const lines = section.split('\n').filter((line) => line !== `${name}:`);
  const text = [
    schemaLine(file, configDirectory, `plugins.${name}`),
    ...lines.map((line) => line.replace(/^ {2}/, '')),
  ].join('\n');
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new SectionNotAddedError(name, file, 'the file is there already');
    throw new FileNotWrittenError(file, error);
  }
  return file;
}

function schemaLine(path: string, configDirectory: string, definition: string): string {
  const schema = relative(dirname(path), join(configDirectory, SCHEMA_FILE)).replaceAll('\\', '/');
  return `${SCHEMA_LINE}${schema.startsWith('.') ? schema : `./${schema}`}#/$defs/${definition}`;
}

/** Keeps a byte order mark first, and the line breaks of the file. */
function withFirstLine(text: string, line: string): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : '';
  return `${mark}${line}${text.includes('\r\n') ? '\r\n' : '\n'}${text.slice(mark.length)}`;
}

/** @returns `undefined` for what is not plain JSON: comments would be lost */
function withEncryptedTag(text: string | undefined): string | undefined {
  const settings = text === undefined || text.trim() === '' ? {} : jsonObject(text);
  if (!settings) return undefined;
  const tags: unknown = settings[CUSTOM_TAGS];
  const known: unknown[] = Array.isArray(tags) ? tags : [];
  if (text !== undefined && known.includes(ENCRYPTED_TAG)) return text;
  return `${JSON.stringify({ ...settings, [CUSTOM_TAGS]: [...known, ENCRYPTED_TAG] }, null, 2)}\n`;
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw new FileNotWrittenError(path, error);
  });
}
