/** The active context of code that handles an event: one object for each event and plugin. */
import type { ActiveContext, ActiveUnit } from '../../telemetry/index.js';
import type { PublishedEvent } from './published-event.js';

/** Not frozen, because that costs as much as entering it; nothing writes to it. */
export class DeliveryScope implements ActiveContext {
  readonly eventId: string;
  readonly eventName: string;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  /** Hidden from whoever copies the fields into a log line. */
  readonly #event: PublishedEvent;

  constructor(
    event: PublishedEvent,
    readonly plugin: string | undefined,
    readonly unit: ActiveUnit | undefined = undefined,
  ) {
    this.eventId = event.id;
    this.eventName = event.origin.name;
    this.correlationId = event.correlationId;
    this.traceparent = event.traceparent;
    this.#event = event;
  }

  /** The event that causes what is published in this context. */
  static eventOf(context: ActiveContext | undefined): PublishedEvent | undefined {
    return context instanceof DeliveryScope ? context.#event : undefined;
  }

  /** The same context with another unit; `undefined` for one that is not of an event. */
  static withUnit(context: ActiveContext | undefined, unit: ActiveUnit | undefined): DeliveryScope | undefined {
    return context instanceof DeliveryScope ? new DeliveryScope(context.#event, context.plugin, unit) : undefined;
  }
}
