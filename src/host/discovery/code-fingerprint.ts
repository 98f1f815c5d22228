/** Tells whether the code of a plugin on the disk is still what it was when the plugin was loaded. Reads no content. */
import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const CODE = new Set(['.js', '.mjs', '.cjs', '.json', '.node', '.wasm']);
/** A folder with more than that is compared by the first so many. */
const MOST_FILES = 2_000;
const DEEPEST = 16;

/**
 * Another text when a file of code was added, removed or written; names, sizes and times count. What a plugin brings along in `node_modules`
 * does not, nor do dot files. Never rejects: what cannot be read counts as not there.
 *
 * @param place a file, or the folder of a package
 */
export async function codeFingerprint(place: string): Promise<string> {
  const files = await filesOf(place);
  const lines = await Promise.all(files.map(lineOf));
  return createHash('sha256').update(lines.join('\n')).digest('base64');
}

async function filesOf(place: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [{ path: place, depth: 0 }];
  for (let next = folders.shift(); next && found.length < MOST_FILES; next = folders.shift()) {
    const { path, depth } = next;
    const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
      if (depth === 0) found.push(path);
      continue;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const inside = join(path, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) folders.push({ path: inside, depth: depth + 1 });
      else if (CODE.has(extname(entry.name))) found.push(inside);
    }
  }
  return found.slice(0, MOST_FILES);
}

async function lineOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  return `${file} ${found ? `${found.size} ${found.mtimeMs}` : '-'}`;
}
