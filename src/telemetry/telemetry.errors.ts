/** Errors of the telemetry room. Their codes are listed in docs/errors.md. */
import { PanottiError } from '../common/index.js';

/** A plugin called `process.chdir`, in the server. */
export class WorkingDirectoryError extends PanottiError {
  constructor(plugin: string) {
    super({
      code: 'WORKING_DIRECTORY_FIXED',
      plugin,
      message: `Plugin "${plugin}" called process.chdir, which would change the meaning of relative paths for all plugins.`,
      fix: 'Use absolute paths, such as those below PluginContext.dataDirectory, or give `cwd` to the program that needs it.',
    });
  }
}

/** A plugin called `process.setUncaughtExceptionCaptureCallback`. */
export class ExceptionCaptureError extends PanottiError {
  constructor(plugin: string) {
    super({
      code: 'EXCEPTION_CAPTURE_REFUSED',
      plugin,
      message: `Plugin "${plugin}" called process.setUncaughtExceptionCaptureCallback, which would hide the exceptions of all plugins.`,
      fix: 'Catch exceptions where they are thrown, or listen to "uncaughtExceptionMonitor" to be told of them.',
    });
  }
}
