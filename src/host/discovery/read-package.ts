/** Turns the folder of a package into the file to import. */
import { constants } from 'node:fs';
import { access, readFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from '../../common/index.js';
import type { PluginProblem } from '../plugin-problem.js';
import { printableText } from '../printable-text.js';
import type { PluginCandidate, PluginOrigin, RefusedEntry } from './discovered-plugin.js';
import { invalidPackage, outsideDirectory } from './discovery-problem.js';
import { entryCandidates, type PackageManifest } from './package-entry.js';
import { isInside } from './paths.js';

/**
 * The candidate in a folder, or why there is none. A folder without package.json and without code is neither: `undefined`.
 *
 * Rejects where the file system does.
 *
 * @param folder absolute real path
 * @param label  what the folder is called where it was found
 */
export async function readPackage(
  folder: string,
  label: string,
  kind: PluginOrigin['kind'],
): Promise<PluginCandidate | RefusedEntry | undefined> {
  const refuse = (problem: PluginProblem): RefusedEntry => ({ label, origin: { kind, location: folder }, problem });
  if (!(await exists(join(folder, 'package.json'))))
    return (await hasCode(folder)) ? refuse(withoutPackageJson(folder)) : undefined;
  const manifest = await readManifestFile(join(folder, 'package.json'));
  if (typeof manifest === 'string')
    return refuse(invalidPackage(folder, `has a package.json that cannot be used: ${manifest}`, 'Correct the file.'));
  const entry = await firstFile(folder, entryCandidates(manifest));
  if (entry === undefined) {
    const reason = 'has no entry: the file named by exports or main in its package.json is not there';
    return refuse(invalidPackage(folder, reason, 'Build the plugin, or correct the package.json.'));
  }
  if (!isInside(entry, folder)) return refuse(outsideDirectory(entry, folder));
  await access(entry, constants.R_OK);
  return { file: entry, root: folder, label, kind, code: folder };
}

/** The parsed file, or what is wrong with it. */
async function readManifestFile(path: string): Promise<PackageManifest | string> {
  try {
    // Reading a pipe would wait for a writer for ever.
    if (!(await stat(path)).isFile()) return 'it is no file';
    const parsed: unknown = JSON.parse(withoutByteOrderMark(await readFile(path, 'utf8')));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : 'it holds no object';
  } catch (error) {
    return printableText(messageOf(error));
  }
}

/** Editors on Windows write it, and npm and Node take it. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** The real path of the first of `paths` that is a regular file. */
async function firstFile(folder: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found?.isFile()) return realpath(join(folder, path));
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function hasCode(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => /\.[cm]?js$/.test(name));
}

function withoutPackageJson(folder: string): PluginProblem {
  const fix = `Add one, for example { "name": "${basename(folder)}", "type": "module", "main": "index.js" }.`;
  return invalidPackage(folder, 'has no package.json', printableText(fix));
}
