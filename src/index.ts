/** The front door: every public name of Panotti, by subject. What is not here may change at any time. */

// What a plugin is
export { BasePlugin, Plugin, PluginContext, PluginManifestError, PluginNotReadyError } from './plugin/index.js';
export type {
  EventClass,
  EventContext,
  ManifestProblem,
  OnConfigChange,
  PluginManifest,
  PluginOptions,
  PluginRequirements,
} from './plugin/index.js';

// Configuration
export { ConfigurationError, Deprecated, Describe, IsByteSize, IsDuration, IsSecret, Nested } from './config/index.js';
export type {
  ConfigurationProblem,
  Deprecation,
  DescribeOptions,
  QuantityOptions,
  SecretOptions,
} from './config/index.js';
export { Secret } from './common/index.js';

// Events
export {
  EVENT_DEAD_LETTERED,
  EVENT_FAILED,
  EventBacklogFullError,
  EventContract,
  EventDeadLettered,
  EventDepthError,
  EventIdTakenError,
  EventFailed,
  EventInvalidError,
  EventNotDeclaredError,
  EventNotStorableError,
  EventStoreFullError,
  EventUpcastError,
  EventVersionUnknownError,
  HandlerTimeoutError,
  OnEvent,
  PluginEvents,
  runOutsideUnits,
  SubscriptionDeclarationError,
  UnitEndedError,
  UnitFailedError,
  unitOfWork,
} from './events/index.js';
export type {
  BatchOptions,
  DeliveryOutcome,
  EventPriority,
  EventUpcast,
  PublishOptions,
  RetryOptions,
  SubscriptionOptions,
} from './events/index.js';

// State
export {
  InjectStore,
  PluginState,
  PluginStore,
  StateClosedError,
  StateChangesMissedError,
  StateConflictError,
  StateContract,
  StateContractError,
  StateInvalidError,
  StateMigrationError,
  StateQuotaError,
  StateTooNewError,
} from './state/index.js';
export type { ChangeOptions, StateContractOptions, StoreChange, StoreEntry } from './state/index.js';

// HTTP
export {
  AcceptsBody,
  BodyBytes,
  BodyDeclarationError,
  BodyParts,
  BodyStream,
  keepEventStreamAlive,
  SendFile,
} from './http/index.js';
export type {
  AcceptedBody,
  BodyKind,
  BodyPart,
  FieldPart,
  FilePart,
  FileSender,
  SentFileOptions,
} from './http/index.js';

// Health
export { HealthCheck } from './health/index.js';
export type { HealthCheckOptions } from './health/index.js';

// Embedding the host in an application
export {
  ApiDocument,
  PluginRouteSchemaError,
  PluginRouteUnsupportedError,
  StreamingValidationPipe,
} from './http/index.js';
export {
  ConfigurationReloadError,
  PluginCommandError,
  PluginHost,
  PluginHostModule,
  PluginHostTwiceError,
  ReloadUnfinishedError,
} from './lifecycle/index.js';
export {
  ExplorerPackageMissingError,
  PluginScheduleError,
  PluginUnsupportedError,
  ScheduleExplorer,
} from './explorers/index.js';
export { PluginRouteConflictError } from './nest/index.js';
export type {
  CommandResult,
  PluginCommandName,
  PluginDescription,
  PluginHostOptions,
  PluginPlan,
  PluginStateName,
  PluginStateChange,
  PluginTransition,
  ProcessGuardOptions,
  ReloadResult,
} from './lifecycle/index.js';
export type { ExploredTarget, ForeignDecorator, PluginExplorer, UnsupportedFind } from './explorers/index.js';
export type { OwnProvider } from './nest/index.js';
export type { RouteValidationMode } from './http/index.js';

// Driving a host from a shell
export { ControlChannelModule } from './management/index.js';

// Errors, time and signals
export { Clock, JoinedSignal, onAbort, PanottiError, SystemClock, untilAborted } from './common/index.js';
