/** Questions about paths that are real: without links and without `..`. */
import { sep } from 'node:path';

/** Whether `path` is `directory` or lies below it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);
}
