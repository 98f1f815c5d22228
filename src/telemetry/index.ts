/** The door of the telemetry room. */
export { activeContext, activeContextStorage, runInContext, type ActiveContext, type ActiveUnit } from './active-context.js';
export { AppLogger } from './app-logger.js';
export { CORRELATION_HEADER, correlationIdOf, type RequestWithHeaders } from './correlation-id.js';
export type { LogOutput } from './log-output.js';
export { type PluginFile, PluginFiles } from './plugin-files.js';
export type { LogSurroundings } from './root-logger.js';
export { type StrayErrorKind, type StrayErrorPort, StrayErrors } from './stray-errors.js';
export { WorkingDirectoryError } from './telemetry.errors.js';
export { TelemetryModule } from './telemetry.module.js';
export { LOG_FORMATS, LOG_LEVELS, TelemetryOptions, type LogFormat, type LogLevel } from './telemetry.options.js';
export { Watchdog } from './watchdog/watchdog.js';
export { keepWorkingDirectory } from './working-directory.js';
