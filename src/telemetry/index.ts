/** The door of the telemetry room. */
export {
  activeContext,
  activeContextStorage,
  runInContext,
  type ActiveContext,
  type ActiveUnit,
} from './context/active-context.js';
export { AppLogger } from './log/app-logger.js';
export { CORRELATION_HEADER, correlationIdOf } from './context/correlation-id.js';
export { controllerAt } from './metrics/controller-at.js';
export { keepMetricsOfImport, type PluginMetrics, PluginRegistries } from './metrics/plugin-registries.js';
export { PluginFiles } from './context/plugin-files.js';
export { type EndingCall, watchEndingCalls } from './process/process-calls.js';
export { KeptListeners } from './process/kept-listeners.js';
export { WayOut } from './process/way-out.js';
export { RepeatedLines, type RepeatedLine } from './log/repeated-lines.js';
export { createRootLogger, lineForm, type RootLogger } from './log/root-logger.js';
export { type LineForm, writeErrorLine } from './log/standard-error.js';
export { type StrayErrorKind, StrayErrors } from './process/stray-errors.js';
export type { RequestLogScope } from './log/request-tracking.js';
export { TelemetryModule } from './telemetry.module.js';
export { TelemetryOptions } from './telemetry.options.js';
export type { BlockingCode } from './watchdog/blocking-code.js';
export { describeBlockingCode } from './watchdog/blocking-code.js';
export { Watchdog } from './watchdog/watchdog.js';
export { WatchdogThread } from './watchdog/watchdog-thread.js';
export { keepUncaughtExceptions } from './process/exception-capture.js';
export { keepWorkingDirectory } from './process/working-directory.js';
