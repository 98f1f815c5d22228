/** What is written, and the exit code, when the server could not be put together or could not start. */
import { EXIT, type ExitCode, PanottiError, toError } from '../common/index.js';
import { ConfigurationError, DataDirectoryError, DataDirectoryNotWritableError, renderConfigurationError } from '../config/index.js';
import { StoreDamagedError, StoreFailedError, StoreFullError, StoreLockedError } from '../storage/index.js';

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof StoreLockedError) return EXIT.storeLocked;
  const storeErrors = [StoreDamagedError, StoreFailedError, StoreFullError, DataDirectoryNotWritableError, DataDirectoryError];
  return storeErrors.some((type) => error instanceof type) ? EXIT.storeFailed : EXIT.configuration;
}

/** An error of ours says what to do; of any other the stack is the best that there is. */
export function report(error: unknown): void {
  // A person sees the lines; a log has one problem a line.
  if (error instanceof ConfigurationError && process.stderr.isTTY) {
    process.stderr.write(`${renderConfigurationError(error)}\n`);
    return;
  }
  const { stack, message } = toError(error);
  process.stderr.write(`${error instanceof PanottiError ? `${error.code}: ${message}` : (stack ?? message)}\n`);
}
