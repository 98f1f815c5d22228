/** Finds an installed npm package as Node does: in the `node_modules` of a folder or of one above it. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginCandidate, RefusedEntry } from './discovered-plugin.js';
import { packageNotFound, unreadableEntry } from './discovery-problem.js';
import type { PluginProblem } from '../plugin-problem.js';
import { readPackage } from './read-package.js';

/** The candidate in the package called `name`, searched from each of `bases` in turn. Never rejects. */
export async function findPackage(name: string, bases: readonly string[]): Promise<PluginCandidate | RefusedEntry> {
  const notFound = refused(name, name, packageNotFound(name, bases));
  const folder = await firstFolder(
    bases.flatMap((base) => [...foldersAbove(base)].map((above) => join(above, 'node_modules', name))),
  );
  if (folder === undefined) return notFound;
  try {
    return (await readPackage(await realpath(folder), name, 'package')) ?? notFound;
  } catch (error) {
    return refused(name, folder, unreadableEntry(folder, error));
  }
}

function refused(label: string, location: string, problem: PluginProblem): RefusedEntry {
  return { label, origin: { kind: 'package', location }, problem };
}

async function firstFolder(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory()) return folder;
  }
  return undefined;
}

/** The folder itself and each one above it, up to the root. */
function* foldersAbove(folder: string): Iterable<string> {
  yield folder;
  const parent = dirname(folder);
  if (parent !== folder) yield* foldersAbove(parent);
}
