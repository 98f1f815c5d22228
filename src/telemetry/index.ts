/** The door of the telemetry room. */
export {
  activeContext,
  activeContextStorage,
  runInContext,
  type ActiveContext,
  type ActiveUnit,
} from './active-context.js';
export { AppLogger } from './app-logger.js';
export { CORRELATION_HEADER, correlationIdOf, type RequestWithHeaders } from './correlation-id.js';
export { controllerAt } from './controller-at.js';
export type { LogOutput } from './log-output.js';
export { keepMetricsOfImport, type PluginMetrics, PluginRegistries } from './metrics/plugin-registries.js';
export { type PluginFile, PluginFiles } from './plugin-files.js';
export { type EndingCall, type EndingCallPolicy, watchEndingCalls } from './process/process-calls.js';
export { KeptListeners, type OnRemoval } from './process/kept-listeners.js';
export { WayOut, type WayOutDetails } from './process/way-out.js';
export { RepeatedLines, type RepeatedLine } from './repeated-lines.js';
export { createRootLogger, lineForm, type LogSurroundings, type RootLogger } from './root-logger.js';
export { type LineForm, writeErrorLine } from './standard-error.js';
export { flushStandardOutput } from './standard-output.js';
export { type StrayErrorKind, type StrayErrorPort, StrayErrors } from './process/stray-errors.js';
export type { RequestLogScope } from './request-tracking.js';
export { ExceptionCaptureError, WorkingDirectoryError } from './telemetry.errors.js';
export { TelemetryModule } from './telemetry.module.js';
export { LOG_FORMATS, LOG_LEVELS, TelemetryOptions, type LogFormat, type LogLevel } from './telemetry.options.js';
export type { BlockingCode } from './watchdog/blocking-code.js';
export { describeBlockingCode } from './watchdog/blocking-code.js';
export { WATCHDOG_THREAD, Watchdog } from './watchdog/watchdog.js';
export { WatchdogThread } from './watchdog/watchdog-thread.js';
export { keepUncaughtExceptions } from './process/exception-capture.js';
export { keepWorkingDirectory } from './process/working-directory.js';
