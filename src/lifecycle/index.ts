/** The door of the lifecycle room. */
export { AcceptsBody } from './bodies/accepts-body.decorator.js';
export type { AcceptedBody, BodyKind } from './bodies/accepts-body.metadata.js';
export { BodyDeclarationError } from './bodies/bodies.errors.js';
export { BodyDoor } from './bodies/body-door.js';
export type { BodyPart, FieldPart, FilePart } from './bodies/multipart-parts.js';
export { BodyBytes, BodyParts, BodyStream } from './bodies/received-body.decorator.js';
export { ApiDocument } from './api-document.js';
export { type ApiPageDetails, serveApiPage } from './api/api-page.js';
export type { CommandResult, PluginCommandName, PluginPlan } from './commands/plugin-command.js';
export {
  ExplorerPackageMissingError,
  PluginScheduleError,
  PluginUnsupportedError,
} from './explorers/explorers.errors.js';
export type { UnsupportedFind } from './explorers/explorers.errors.js';
export type {
  ExploredTarget,
  ForeignDecorator,
  OwnProvider,
  PluginExplorer,
} from './explorers/plugin-explorer.port.js';
export { ScheduleExplorer } from './explorers/schedule-explorer.js';
export {
  ConfigurationReloadError,
  FastifyRequiredError,
  HttpAddressError,
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
export { type HostWatch, PluginHostModule, type PluginHostOptions } from './plugin-host.module.js';
export type { ProcessGuardOptions } from './guarded-process.js';
export { type PluginStateName, type PluginTransition, STATE_MEANINGS, TRANSITIONS } from './plugin-state.js';
export type { ReloadResult } from './reload/reload-result.js';
export { keepEventStreamAlive } from './routes/event-streams.js';
export { HostRoutes } from './routes/host-routes.js';
export { HttpOptions } from './routes/http.options.js';
export {
  PluginRouteConflictError,
  PluginRouteSchemaError,
  PluginRouteUnsupportedError,
  type RoutePlace,
} from './routes/routes.errors.js';
export type { RouteValidationMode } from './routes/route-validation.js';
export { StreamingValidationPipe } from './routes/streaming-validation-pipe.js';
export { type FileSender, SendFile, type SentFileOptions } from './routes/send-file.decorator.js';
export { bindServerOptions } from './bind-server-options.js';
export { ServerOptions } from './server.options.js';
export { Shutdown, type ShutdownDetails } from './shutdown.js';
export type { StartupMode } from './startup-mode.js';
export type { PluginStateChange } from './transition-log.js';
