/** The folder that survives restarts, and the part of it that belongs to one plugin. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { noFolderError } from '../config.errors.js';

/** Nothing that leaves the folder: plugin names have neither dots nor separators. */
const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Makes folders when they are first asked for, readable by the server's user alone. */
export class DataDirectory {
  /** @param root absolute path */
  constructor(readonly root: string) {}

  /**
   * The folder of one plugin: `<root>/plugins/<name>`.
   *
   * @throws RangeError when `name` is not a plain folder name
   * @throws DataDirectoryNotWritableError when the user of the server may not make it; DataDirectoryError when it cannot be made at all
   */
  forPlugin(name: string): string {
    if (!FOLDER_NAME.test(name))
      throw new RangeError('The name of a plugin\'s data folder may hold letters, digits, "-" and "_" only.');
    const directory = join(this.root, 'plugins', name);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw noFolderError(directory, error);
    }
    return directory;
  }
}
