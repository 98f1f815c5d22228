/** What is written, and the exit code, when the server could not be put together or could not start. */
import { EXIT, type ExitCode, PanottiError, SystemClock, toError } from '../common/index.js';
import {
  ConfigurationError,
  DataDirectoryError,
  DataDirectoryNotWritableError,
  renderConfigurationError,
} from '../config/index.js';
import { type LineForm, writeErrorLine } from '../telemetry/index.js';
import {
  StoreDamagedError,
  StoreFailedError,
  StoreFullAtStartError,
  StoreFullError,
  StoreLockedError,
} from '../storage/index.js';

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof StoreLockedError) return EXIT.storeLocked;
  const storeErrors = [
    StoreDamagedError,
    StoreFailedError,
    StoreFullError,
    DataDirectoryNotWritableError,
    DataDirectoryError,
  ];
  return storeErrors.some((type) => error instanceof type) ? EXIT.storeFailed : EXIT.configuration;
}

/** An error of ours says what to do; of any other the stack is the best that there is. */
export function report(thrown: unknown, form: LineForm): void {
  const isFull = thrown instanceof StoreFullError && !(thrown instanceof StoreFullAtStartError);
  const error = isFull ? new StoreFullAtStartError(thrown.cause) : thrown;
  // A person sees the lines; a log has one problem a line.
  if (error instanceof ConfigurationError && form === 'pretty' && process.stderr.isTTY) {
    process.stderr.write(`${renderConfigurationError(error)}\n`);
    return;
  }
  const { stack, message } = toError(error);
  const msg = error instanceof PanottiError ? `${error.code}: ${message}` : (stack ?? message);
  writeErrorLine({ level: 'fatal', context: 'Server', msg }, form, new SystemClock().now());
}
