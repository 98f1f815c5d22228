/** Adds the section of a plugin to `plugins.yaml` as text, so that every comment and every space in it stays. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError, SectionNotAddedError } from '../config.errors.js';
import { ConfigurationDocument } from '../configuration-document.js';
import { systemCode } from '../files/bounded-file.js';
import { writeTextFile } from '../files/text-file.js';

/**
 * Appends `section`, and makes the file where it is missing.
 *
 * @returns the file
 * @throws ConfigurationError when the file is not valid YAML
 * @throws SectionNotAddedError when it has a section of that name, or is written so that nothing can follow: then it stays as it is
 * @throws FileNotWrittenError
 */
export async function addSection(configDirectory: string, name: string, section: string): Promise<string> {
  const file = join(configDirectory, 'plugins.yaml');
  const before = await textOf(file);
  const old = parsed(file, before);
  const syntax = old.problems.filter(({ path }) => path === '(yaml)');
  if (syntax.length > 0) throw new ConfigurationError(syntax);
  if (old.keys([]).includes(name)) throw new SectionNotAddedError(name, file, 'it has a section of that name already');
  const after = before.trim() === '' ? section : `${before}${before.endsWith('\n') ? '' : '\n'}\n${section}`;
  if (!isExtended(old, parsed(file, after), name))
    throw new SectionNotAddedError(name, file, 'nothing can follow what it ends with');
  await writeTextFile(file, after);
  return file;
}

/** Whether the new one is the old one with one more key: brackets around the whole, or a text at the end, may take the section in. */
function isExtended(old: ConfigurationDocument, extended: ConfigurationDocument, name: string): boolean {
  const keys = old.keys([]);
  const isSame = keys.every((key) => JSON.stringify(old.valueAt([key])) === JSON.stringify(extended.valueAt([key])));
  return isSame && JSON.stringify(extended.keys([])) === JSON.stringify([...keys, name]);
}

/** Without variables: their values do not matter where a section is added. */
function parsed(file: string, text: string): ConfigurationDocument {
  return ConfigurationDocument.parse({ file, text: text.replace(/^\uFEFF/, ''), environment: {} });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}
