/** What a plugin publishes with, and what it learns of the deliveries. */

/** How one handler fared with one event. */
export interface DeliveryOutcome {
  readonly plugin: string;
  /** `Class.method`. */
  readonly handler: string;
  /** `abandoned`: its plugin stopped first. */
  readonly status: 'handled' | 'failed' | 'timed-out' | 'abandoned';
  /** How often the handler was called; 0 when it never was. */
  readonly attempts: number;
  /** How long the last attempt took, in milliseconds; only one event in sixteen is measured where the handler has no policy. */
  readonly durationMs: number | undefined;
  readonly error: Error | undefined;
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
  /** Resolves once the event is accepted; its handlers go on by themselves. */
  abstract publish(event: object): Promise<void>;
  /** For an event without a class. Where `emits` lists a class of that name, the payload is made an instance of it and validated. */
  abstract publish(name: string, payload: unknown): Promise<void>;

  /** Resolves once every handler is done, with one outcome for each. Never rejects because of a handler. */
  abstract publishAndWait(event: object): Promise<DeliveryOutcome[]>;
  abstract publishAndWait(name: string, payload: unknown): Promise<DeliveryOutcome[]>;
}
