/** Looks through one plugin directory: what could be a plugin, and what is refused. Nothing outside of the directory is opened. */
import { constants, type Dirent, type Stats } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { PluginProblem } from '../plugin-problem.js';
import type { FruitlessDirectory, PluginCandidate, PluginOrigin, RefusedEntry } from './discovered-plugin.js';
import { outsideDirectory, specialFile, unreadableDirectory, unreadableEntry } from './discovery-problem.js';
import { isInside } from './paths.js';
import { readPackage } from './read-package.js';

export interface Scan {
  readonly candidates: readonly PluginCandidate[];
  readonly refused: readonly RefusedEntry[];
  /** What is wrong with the directory itself. */
  readonly problems: readonly PluginProblem[];
  /** Set where it holds something, and nothing that could be a plugin: it may be one level too high, or not built. */
  readonly fruitless: FruitlessDirectory | undefined;
}

/** The entries of a directory, sorted by name. Dot files, `node_modules` and files other than `.js` and `.mjs` are passed over. Never rejects. */
export async function scanDirectory(directory: string, kind: PluginOrigin['kind']): Promise<Scan> {
  try {
    const root = await realpath(directory);
    const entries = await readdir(root, { withFileTypes: true });
    const considered = entries
      .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const results = await Promise.all(considered.map((entry) => scanEntry(entry, root, kind)));
    const isFruitless = considered.length > 0 && results.every((result) => result === undefined);
    const folders = considered.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    return {
      candidates: results.filter((result) => result !== undefined && 'file' in result),
      refused: results.filter((result) => result !== undefined && 'problem' in result),
      problems: [],
      fruitless: isFruitless ? { directory, folders } : undefined,
    };
  } catch (error) {
    return { candidates: [], refused: [], problems: [unreadableDirectory(directory, error)], fruitless: undefined };
  }
}

async function scanEntry(
  entry: Dirent,
  directory: string,
  kind: PluginOrigin['kind'],
): Promise<PluginCandidate | RefusedEntry | undefined> {
  const path = join(directory, entry.name);
  const label = basename(entry.name, extname(entry.name));
  const refuse = (problem: PluginProblem): RefusedEntry => ({ label, origin: { kind, location: path }, problem });
  try {
    const real = await realpath(path);
    if (!isInside(real, directory)) return refuse(outsideDirectory(path, directory));
    const found = await stat(real);
    if (found.isDirectory()) return await readPackage(real, entry.name, kind);
    if (isSpecial(found)) return refuse(specialFile(path));
    if (!['.js', '.mjs'].includes(extname(entry.name))) return undefined;
    await access(real, constants.R_OK);
    return { file: real, root: directory, label, kind, code: real };
  } catch (error) {
    return refuse(unreadableEntry(path, error));
  }
}

/** A pipe would be waited for without end, a device may do anything when it is read. */
function isSpecial(found: Stats): boolean {
  return !found.isFile();
}
