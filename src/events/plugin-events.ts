/** What a plugin publishes with. */
import type { EventPriority } from './contracts/event-contract.metadata.js';
import type { DeliveryOutcome } from './event/delivery-report.js';

/** How one event is to be published. */
export interface PublishOptions {
  /** Delivers it so many milliseconds later. Handlers that are not durable miss it when the server ends before. */
  readonly delayMs?: number;
  /** The order of what waits for a durable handler: the more important first. Default: the priority of the event's contract. */
  readonly priority?: EventPriority;
  /**
   * Id of the event, if its cause has an id of its own: 1 to 200 characters. An event with an id that the server has accepted within
   * `events.durable.deduplicationWindow`, or that it still has stored, is accepted and not delivered. Ids that grow with time are cheaper than
   * random ones. Default: a new one.
   */
  readonly id?: string;
  /** An event with a key that the same plugin has used within `events.durable.deduplicationWindow` is accepted and not delivered. */
  readonly deduplicationKey?: string;
}

/**
 * Publishes in the name of the plugin that it is injected into.
 *
 * All handlers get the same object, and it is not frozen, because that would cost more than the delivery: treat events as read-only.
 * They are called in a turn of their own, right after the publisher's; their errors never reach the publisher.
 *
 * @throws (as a rejection) EventNotDeclaredError for an event that the manifest does not list in `emits`
 * @throws (as a rejection) EventInvalidError for properties that break the decorators of the event's class
 * @throws (as a rejection) EventDepthError when events have caused each other more than `events.depthLimit` times in a row
 */
export abstract class PluginEvents {
  /**
   * Resolves once the event is accepted: when it has a durable subscriber, it is on the disk by then. Its handlers go on by themselves. Inside
   * of a durable handler or of `unitOfWork` it is published with everything else, or not at all.
   *
   * Waits while too much waits for a durable subscriber; inside of a unit of work or of a durable handler it fails instead.
   *
   * @throws (as a rejection) EventNotStorableError, EventBacklogFullError and EventStoreFullError for an event with a durable subscriber
   */
  abstract publish(event: object, options?: PublishOptions): Promise<void>;
  /** For an event without a class. Where `emits` lists a class of that name, the payload is made an instance of it and validated. */
  abstract publish(name: string, payload: unknown, options?: PublishOptions): Promise<void>;

  /**
   * Resolves once every handler that is not durable is done, with one outcome for each; a durable one may take days. Takes no part in a unit of
   * work. Never rejects because of a handler.
   */
  abstract publishAndWait(event: object): Promise<DeliveryOutcome[]>;
  abstract publishAndWait(name: string, payload: unknown): Promise<DeliveryOutcome[]>;
}
