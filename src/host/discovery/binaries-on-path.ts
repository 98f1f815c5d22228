/** Finds out which programs can be run by their name alone. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * Those of `names` that are an executable, regular file in a folder of the PATH. Empty parts of the PATH, which mean the working
 * directory, are left out: nothing should run because of where the server was started.
 */
export async function binariesOnPath(
  names: Iterable<string>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlySet<string>> {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const suffixes = ['', ...(environment['PATHEXT'] ?? '').split(delimiter)];
  const wanted = [...new Set(names)];
  const found = await Promise.all(
    wanted.map((name) => anyExecutable(folders.flatMap((folder) => suffixes.map((suffix) => join(folder, `${name}${suffix}`))))),
  );
  return new Set(wanted.filter((_name, position) => found[position]));
}

async function anyExecutable(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (await isExecutable(path)) return true;
  return false;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
