/** Keeps plugins from changing the working directory: relative paths of the host and of every other plugin would mean something else. */
import { activeContext } from '../context/active-context.js';
import { WorkingDirectoryError } from '../telemetry.errors.js';

/**
 * Has `process.chdir` throw WorkingDirectoryError where a plugin calls it; elsewhere it does what it did. Disposing ends that.
 *
 * @param report called with the error before it is thrown, in the context of the plugin
 */
export function keepWorkingDirectory(report: (error: WorkingDirectoryError) => void): Disposable {
  const chdir = process.chdir;
  process.chdir = (directory) => {
    const plugin = activeContext()?.plugin;
    if (plugin === undefined) return chdir(directory);
    const error = new WorkingDirectoryError(plugin);
    report(error);
    throw error;
  };
  return { [Symbol.dispose]: () => void (process.chdir = chdir) };
}
