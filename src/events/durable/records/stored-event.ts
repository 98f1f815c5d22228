/** An event as it stands in the store, and back. */
import type { LogEntry } from '../../../storage/index.js';
import type { EventPriority } from '../../contracts/event-contract.metadata.js';
import { PublishedEvent } from '../../event/published-event.js';

/** What the log and the records know of an event. */
export type StoredEvent = Pick<LogEntry, 'id' | 'name' | 'time' | 'body'>;

interface Envelope {
  readonly version: number;
  readonly source: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  readonly depth: number;
  /** The names of the events that led to it, the latest first, back to one of its own name. */
  readonly causes?: readonly string[];
  readonly priority?: EventPriority;
  /** It reaches every subscription by a record, and not by the log. */
  readonly isDelayed?: true;
}

/** How an event was published, as far as its delivery has to know. */
export interface Urgency {
  readonly priority: EventPriority;
  readonly isDelayed: boolean;
}

export function storedEvent(event: PublishedEvent, payload: string, { priority, isDelayed }: Urgency): StoredEvent {
  const { id, time, origin, correlationId, causationId, traceparent, depth } = event;
  const envelope: Envelope = {
    version: origin.version,
    source: origin.source,
    correlationId,
    ...(causationId !== undefined && { causationId }),
    ...(traceparent !== undefined && { traceparent }),
    depth,
    ...(depth > 1 && { causes: event.causeNames() }),
    ...(priority !== 'normal' && { priority }),
    ...(isDelayed && { isDelayed }),
  };
  return { id, name: origin.name, time, body: `${JSON.stringify(envelope).slice(0, -1)},"payload":${payload}}` };
}

export interface OpenedEvent extends Urgency {
  readonly event: PublishedEvent;
}

/** The event with the plain payload that the text holds; the `EventReader` of a handler makes an instance of it. */
export function openedEvent({ id, name, time, body }: StoredEvent): OpenedEvent {
  // The store gives back what `storedEvent` made, or nothing: every entry is sealed.
  const envelope = JSON.parse(body) as Envelope & { readonly payload: unknown };
  const { version, source, causes, priority = 'normal', isDelayed = false } = envelope;
  const event = new PublishedEvent({
    origin: { name, version, source },
    payload: envelope.payload,
    id,
    time,
    correlationId: envelope.correlationId,
    causationId: envelope.causationId,
    traceparent: envelope.traceparent,
    cause: undefined,
    report: undefined,
    startedMs: 0,
    depth: envelope.depth,
    storedCauses: causes,
  });
  return { event, priority, isDelayed };
}
