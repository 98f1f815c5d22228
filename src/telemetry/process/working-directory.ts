/** Keeps plugins from changing the working directory: relative paths of the host and of every other plugin would mean something else. */
import { activeContext } from '../active-context.js';
import type { StrayErrors } from './stray-errors.js';
import { WorkingDirectoryError } from '../telemetry.errors.js';

/** Has `process.chdir` throw WorkingDirectoryError where a plugin calls it, and report that; elsewhere it does what it did. Disposing ends that. */
export function keepWorkingDirectory(strayErrors: StrayErrors): Disposable {
  const chdir = process.chdir;
  process.chdir = (directory) => {
    const plugin = activeContext()?.plugin;
    if (plugin === undefined) return chdir(directory);
    const error = new WorkingDirectoryError(plugin);
    strayErrors.report('working-directory', error);
    throw error;
  };
  return { [Symbol.dispose]: () => void (process.chdir = chdir) };
}
