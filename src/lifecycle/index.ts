/** The door of the lifecycle room. */
export {
  FastifyRequiredError,
  HttpAddressError,
  PluginNotFoundError,
  PluginRouteConflictError,
  PluginStartCancelledError,
  PluginStartTimeoutError,
  PluginStopError,
  RequiredPluginsDownError,
} from './lifecycle.errors.js';
export { LifecycleOptions } from './lifecycle.options.js';
export { type PluginDescription, PluginHost } from './plugin-host.js';
export { PluginHostModule, type PluginHostOptions } from './plugin-host.module.js';
export { type PluginState, type PluginTransition, TRANSITIONS } from './plugin-state.js';
export { HttpOptions } from './routes/http.options.js';
export { ServerOptions } from './server.options.js';
export { EXIT, type ExitCode, Shutdown, type ShutdownDetails } from './shutdown.js';
export type { StartupMode } from './startup-mode.js';
export type { PluginStateChange } from './transition-log.js';
