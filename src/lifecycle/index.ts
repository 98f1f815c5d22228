/** Who starts and stops a plugin: its states, the host, its options and the module that an application imports. */
export type { CommandResult, PluginCommandName, PluginPlan } from './commands/plugin-command.js';
export {
  ConfigurationReloadError,
  PluginCommandError,
  PluginHostTwiceError,
  PluginNotFoundError,
  PluginStartCancelledError,
  PluginStartTimeoutError,
  PluginStopError,
  ReloadUnfinishedError,
  RequiredPluginsDownError,
} from './lifecycle.errors.js';
export { LifecycleOptions } from './lifecycle.options.js';
export { type PluginDescription, PluginHost } from './plugin-host.js';
export { type HostWatch, PluginHostModule, type PluginHostOptions, type StartupMode } from './plugin-host.module.js';
export type { ProcessGuardOptions } from './process/guarded-process.js';
export {
  type PluginStateName,
  type PluginTransition,
  STATE_MEANINGS,
  TRANSITIONS,
} from './orchestration/plugin-state.js';
export type { ReloadResult } from './reload/reload-result.js';
export { bindServerOptions } from './options/bind-server-options.js';
export { ServerOptions } from './options/server.options.js';
export { Shutdown, type ShutdownDetails } from './process/shutdown.js';
export type { PluginStateChange } from './orchestration/transition-log.js';
