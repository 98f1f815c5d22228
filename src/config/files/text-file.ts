/** Writes the files that commands make for an operator: each replaces the old one as a whole, or the old one stays. */
import { randomUUID } from 'node:crypto';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { FileNotWrittenError } from '../config.errors.js';

/**
 * Writes `text` to `path`; a link leads to the file that is replaced, and that file keeps its permissions.
 *
 * @throws FileNotWrittenError
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const draft = `${target}.${randomUUID()}.tmp`;
  try {
    const before = await stat(target).catch(() => undefined);
    // A terminal or a pipe cannot be replaced by a file.
    if (before && !before.isFile()) return await writeFile(target, text);
    await writeFile(draft, text, before ? { mode: before.mode } : {});
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw new FileNotWrittenError(path, error);
  }
}
