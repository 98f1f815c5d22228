/** Finds out which programs can be run by their name alone, or by an absolute path. */
import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join } from 'node:path';

/**
 * Says of a name whether it is an executable, regular file in a folder of the PATH. Empty parts of the PATH, which mean the working
 * directory, are left out: nothing should run because of where the server was started. What was not there is looked for anew when it is
 * asked for again; synchronous, because that is a handful of looks at a folder before a plugin starts.
 */
export function binariesOnPath(environment: Readonly<Record<string, string | undefined>>): (name: string) => boolean {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const suffixes = ['', ...(environment['PATHEXT'] ?? '').split(delimiter)];
  const found = new Set<string>();
  return (name) => {
    const places = isAbsolute(name)
      ? [name]
      : name === basename(name)
        ? folders.map((folder) => join(folder, name))
        : [];
    if (!found.has(name) && places.some((place) => suffixes.some((suffix) => isExecutable(`${place}${suffix}`))))
      found.add(name);
    return found.has(name);
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
