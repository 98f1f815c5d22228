/** An event on its way: what was published, with everything that its handlers are given. */

import type { ClassConstructor } from 'class-transformer';
import type { DeliveryReport } from './delivery-report.js';

/** One call of `emit` or `emitAsync` of `@nestjs/event-emitter`: what listeners in plugins get, and what they make of it. */
export interface Emission {
  /** All values after the name. */
  readonly values: readonly unknown[];
  /** What the listeners returned, in the order of their calls. */
  readonly results: unknown[];
  /** What listeners with `suppressErrors: false` threw. */
  readonly failures: unknown[];
}

/** What all events of one kind from one publisher share. */
export interface EventOrigin {
  readonly name: string;
  readonly version: number;
  /** The plugin, `panotti`, or `application` for what came through `@nestjs/event-emitter`. */
  readonly source: string;
  /** Class of the payload, which was validated against it; `undefined` if the publisher has no class, and for events from the store. */
  readonly eventClass?: ClassConstructor<object> | undefined;
  /** Set for an event that was emitted: it is the only one of its origin. */
  readonly emission?: Emission | undefined;
}

const NO_CAUSES: readonly string[] = Object.freeze([]);

export interface EventFields {
  readonly origin: EventOrigin;
  readonly payload: unknown;
  readonly id: string;
  /** Wall time of its publication, in milliseconds since 1970. */
  readonly time: number;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly traceparent: string | undefined;
  /** The event that caused it, if it is in memory. */
  readonly cause: PublishedEvent | undefined;
  /** Where outcomes go, for a publisher that waits for them. */
  readonly report: DeliveryReport | undefined;
  /** Monotonic time of its dispatch; 0 where it is not measured. */
  readonly startedMs: number;
  /** Events that caused each other up to this one, itself included. */
  readonly depth: number;
  /** Names of causes that are not in memory, the latest first, as far as they were kept. */
  readonly storedCauses?: readonly string[] | undefined;
}

export class PublishedEvent implements EventFields {
  readonly origin: EventOrigin;
  readonly payload: unknown;
  readonly id: string;
  readonly time: number;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly traceparent: string | undefined;
  readonly cause: PublishedEvent | undefined;
  readonly report: DeliveryReport | undefined;
  readonly startedMs: number;
  readonly depth: number;
  readonly storedCauses: readonly string[];

  constructor(fields: EventFields) {
    this.origin = fields.origin;
    this.payload = fields.payload;
    this.id = fields.id;
    this.time = fields.time;
    this.correlationId = fields.correlationId;
    this.causationId = fields.causationId;
    this.traceparent = fields.traceparent;
    this.cause = fields.cause;
    this.report = fields.report;
    this.startedMs = fields.startedMs;
    this.depth = fields.depth;
    this.storedCauses = fields.storedCauses ?? NO_CAUSES;
  }

  /** The names of the events that led to this one, the latest first, back to one of its own name. */
  causeNames(): string[] {
    const names: string[] = [];
    for (const name of namesBefore(this)) {
      names.push(name);
      if (name === this.origin.name) break;
    }
    return names;
  }

  /** The same event, without the time of its dispatch. */
  unmeasured(): PublishedEvent {
    return this.startedMs === 0 ? this : new PublishedEvent({ ...this, startedMs: 0 });
  }
}

/** An event as one handler gets it: the payload is an instance of the handler's class, and its own. */
export class ReceivedEvent extends PublishedEvent {
  constructor(
    /** The event as it was published: another handler, or the next instance of the plugin, converts it again. */
    readonly published: PublishedEvent,
    payload: unknown,
  ) {
    super({ ...published, payload });
  }

  override unmeasured(): PublishedEvent {
    return this.published.unmeasured();
  }
}

/** The names from the last event called `name` down to a new one of that name; the whole chain if there is no such event. */
export function causesOf(name: string, cause: PublishedEvent | undefined): string[] {
  const names = [name];
  if (!cause) return names;
  for (const before of [cause.origin.name, ...namesBefore(cause)]) {
    names.unshift(before);
    if (before === name) break;
  }
  return names;
}

/** The latest first. */
function* namesBefore(event: PublishedEvent): Iterable<string> {
  let oldest = event;
  for (let cause = event.cause; cause !== undefined; cause = cause.cause) {
    yield cause.origin.name;
    oldest = cause;
  }
  yield* oldest.storedCauses;
}
