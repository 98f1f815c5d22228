/** Questions about paths that are real: without links and without `..`. */
import { sep } from 'node:path';

/** Whether `path` is `directory` or lies below it. */
export function isInside(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : `${directory}${sep}`);
}

/** The innermost package of a `node_modules` that a file lies in. */
export class InstalledPackage {
  private constructor(
    readonly name: string,
    /** Absolute path, without a separator at the end. */
    readonly folder: string,
  ) {}

  /** `undefined` for a file outside of every `node_modules`. */
  static of(file: string): InstalledPackage | undefined {
    const mark = `${sep}node_modules${sep}`;
    const start = file.lastIndexOf(mark);
    if (start < 0) return undefined;
    const parts = file.slice(start + mark.length).split(sep);
    const name = parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1);
    return new InstalledPackage(name.join('/'), file.slice(0, start + mark.length) + name.join(sep));
  }
}
