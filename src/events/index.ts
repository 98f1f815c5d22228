/** The door of the events room. */
export { EventEmitterBridge } from './bridge/event-emitter-bridge.js';
export { EventContract } from './contracts/event-contract.decorator.js';
export { readContract, type EventContractDetails } from './contracts/event-contract.metadata.js';
export { OnEvent } from './contracts/on-event.decorator.js';
export type { EventPriority, EventUpcast } from './contracts/event-contract.metadata.js';
export type { BatchOptions, EventSelector, RetryOptions, SubscriptionOptions } from './contracts/subscription.js';
export { instanceOf, propertyProblems } from './contracts/event-validation.js';
export type { Attachment } from './subscriptions/attachment.js';
export type { HandlerCandidate } from './handlers/handler-factory.js';
export type { HeldEvents } from './subscriptions/held-events.js';
export { EventBus, type EventBusDependencies, type PublisherIdentity } from './event-bus.js';
export type { DurableEvents } from './durable/durable-events.js';
export { dropDeadLettersCommand } from './drop-command.js';
export { DurableOptions } from './durable/durable.options.js';
export { EVENT_DEAD_LETTERED, EventDeadLettered } from './durable/dead-letters/event-dead-lettered.js';
export { EVENT_FAILED, EventFailed } from './handlers/event-failed.js';
export {
  DeadLetterForeignError,
  DeliveryAbandonedError,
  EventBacklogFullError,
  EventContractError,
  EventDepthError,
  EventIdTakenError,
  EventInvalidError,
  EventNotDeclaredError,
  EventNotStorableError,
  EventQueueFullError,
  EventStoreFullError,
  EventUnreadableError,
  EventUpcastError,
  EventVersionUnknownError,
  HandlerTimeoutError,
  PoisonEventError,
  SubscriptionDeclarationError,
  UnitEndedError,
  UnitFailedError,
  UnitStoreError,
} from './events.errors.js';
export { waitingPublishers } from './event/delivery-scope.js';
export { EventsModule } from './events.module.js';
export { EventsOptions } from './events.options.js';
export type { DeadLetter, DeadLetterChoice } from './operations/dead-letters.js';
export { CommitSignal } from './operations/commit-signal.js';
export {
  EventOperations,
  type DeadLetterList,
  type DeadLetterOutcome,
  type DeadLetterQuery,
  type DeliveryStanding,
  type DeliveryState,
  type EventDetails,
  type EventHead,
  type EventPage,
  type EventQuery,
  type FollowQuery,
  type ListedDeadLetter,
  type ListedEvent,
  type ParkedChoice,
  type ParkedEvent,
  type ParkedList,
  type ParkedQuery,
  type ReplayPlan,
  type ReplayQuery,
  type SkipChoice,
} from './operations/event-operations.port.js';
export {
  DeadLetterNotFoundError,
  EventNotFoundError,
  ParkedEventNotFoundError,
  SubscriptionsInUseError,
  SubscriptionUnknownError,
} from './operations/operations.errors.js';
export { StoreEventOperations } from './operations/store-event-operations.js';
export {
  StoredSubscriptions,
  type ListedSubscription,
  type SubscriptionLoss,
} from './operations/stored-subscriptions.js';
export { isEventPattern } from './contracts/event-name.js';
export type { DeliveryOutcome } from './event/delivery-report.js';
export { PluginEvents, type PublishOptions } from './plugin-events.js';
export { activeUnit, runOutsideUnits, unitOfWork, UnitOfWork } from './unit/unit-of-work.js';
