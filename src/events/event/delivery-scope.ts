/** The active context of code that handles an event: one object for each event and plugin. */
import { activeContext, type ActiveContext, type ActiveUnit } from '../../telemetry/index.js';
import type { PublishedEvent } from './published-event.js';

/** Not frozen, because that costs as much as entering it; nothing writes to it. */
export class DeliveryScope implements ActiveContext {
  readonly eventId: string;
  readonly eventName: string;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  /** Private, so that it is not copied into log lines. */
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

/** Who waits for the running code by `publishAndWait`: the sources of the events that led here. */
export function waitingPublishers(): string[] {
  const sources: string[] = [];
  for (let event = DeliveryScope.eventOf(activeContext()); event !== undefined; event = event.cause) {
    if (event.report !== undefined) sources.push(event.origin.source);
  }
  return sources;
}
