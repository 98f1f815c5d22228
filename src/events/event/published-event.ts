/** An event on its way: what was published, with everything that its handlers learn about it. */

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
  /** What the payload is an instance of, and was checked against; `undefined` where the publisher has no class, and for what comes from the store. */
  readonly eventClass?: ClassConstructor<object> | undefined;
  /** Of an event that was emitted, and is the only one of its origin. */
  readonly emission?: Emission | undefined;
}

const NO_CAUSES: readonly string[] = Object.freeze([]);

export class PublishedEvent {
  /** How many events caused each other up to this one, itself included. */
  readonly depth: number;

  constructor(
    readonly origin: EventOrigin,
    readonly payload: unknown,
    readonly id: string,
    readonly time: number,
    readonly correlationId: string,
    readonly causationId: string | undefined,
    readonly traceparent: string | undefined,
    readonly cause: PublishedEvent | undefined,
    /** Where outcomes go, for a publisher that waits for them. */
    readonly report: DeliveryReport | undefined,
    /** Monotonic time of its dispatch; 0 where it is not measured. */
    readonly startedMs: number,
    /** Of an event out of the store, whose causes are not in memory. */
    storedDepth?: number,
    /** The names of these causes, the latest first, as far as they were kept. */
    readonly storedCauses: readonly string[] = NO_CAUSES,
  ) {
    this.depth = storedDepth ?? (cause === undefined ? 1 : cause.depth + 1);
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
    if (this.startedMs === 0) return this;
    const { origin, payload, id, time, correlationId, causationId, traceparent, cause, report } = this;
    return new PublishedEvent(origin, payload, id, time, correlationId, causationId, traceparent, cause, report, 0);
  }
}

/** An event as one handler gets it: the payload is an instance of the handler's class, and its own. */
export class ReceivedEvent extends PublishedEvent {
  constructor(
    /** As it was published: what another handler, or the next instance of the plugin, makes an instance of. */
    readonly published: PublishedEvent,
    payload: unknown,
  ) {
    const { origin, id, time, correlationId, causationId, traceparent, cause, report, startedMs, depth, storedCauses } =
      published;
    super(
      origin,
      payload,
      id,
      time,
      correlationId,
      causationId,
      traceparent,
      cause,
      report,
      startedMs,
      depth,
      storedCauses,
    );
  }

  override unmeasured(): PublishedEvent {
    return this.published.unmeasured();
  }
}

/** The names from the last event called `name` down to a new one of that name; the whole chain where there is none. */
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
