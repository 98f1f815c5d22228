/** Looks through one plugin directory: what could be a plugin, and what is refused. Nothing outside of the directory is opened. */
import { constants, type Dirent, type Stats } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { PluginCandidate, PluginOrigin, RefusedEntry } from './discovered-plugin.js';
import { outsideDirectory, specialFile, unreadableDirectory, unreadableEntry } from './discovery-problem.js';
import { isInside } from './paths.js';
import { readPackage } from './read-package.js';

export interface Scan {
  readonly candidates: readonly PluginCandidate[];
  readonly refused: readonly RefusedEntry[];
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
    return {
      candidates: results.filter((result) => result !== undefined && 'file' in result),
      refused: results.filter((result) => result !== undefined && 'problem' in result),
    };
  } catch (error) {
    return { candidates: [], refused: [{ label: basename(directory), problem: unreadableDirectory(directory, error) }] };
  }
}

async function scanEntry(
  entry: Dirent,
  directory: string,
  kind: PluginOrigin['kind'],
): Promise<PluginCandidate | RefusedEntry | undefined> {
  const path = join(directory, entry.name);
  const label = basename(entry.name, extname(entry.name));
  try {
    const real = await realpath(path);
    if (!isInside(real, directory)) return { label: entry.name, problem: outsideDirectory(path, directory) };
    const found = await stat(real);
    if (found.isDirectory()) return await readPackage(real, entry.name, kind);
    if (isSpecial(found)) return { label, problem: specialFile(path) };
    if (!['.js', '.mjs'].includes(extname(entry.name))) return undefined;
    await access(real, constants.R_OK);
    return { file: real, root: directory, label, kind };
  } catch (error) {
    return { label, problem: unreadableEntry(path, error) };
  }
}

/** A pipe would be waited for without end, a device may do anything when it is read. */
function isSpecial(found: Stats): boolean {
  return !found.isFile();
}
