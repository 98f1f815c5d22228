/** Converts the events of one handler to its class. An event that needs no conversion stays as it is. */
import type { ClassConstructor } from 'class-transformer';
import type { EventClass } from '../../plugin/index.js';
import { PayloadProblem, plainData } from '../contracts/plain-data.js';
import { ReceivedPayload, ReceptionProblem } from './received-payload.js';
import { ReceivedEvent, type PublishedEvent } from '../event/published-event.js';
import { EventUnreadableError, EventUpcastError, EventVersionUnknownError } from '../events.errors.js';

export interface ReaderDetails {
  readonly plugin: string;
  /** Named in messages: a durable subscription, or the handler. */
  readonly receiver: string;
  readonly eventClass: EventClass;
  /** True if `events.validate` is on. */
  readonly validate: boolean;
}

export class EventReader {
  readonly #details: ReaderDetails;
  readonly #payload: ReceivedPayload;

  constructor(details: ReaderDetails) {
    this.#details = details;
    this.#payload = new ReceivedPayload(details.eventClass, details.validate);
  }

  get eventClass(): ClassConstructor<object> {
    return this.#payload.eventClass;
  }

  /** The newest version that the class knows. */
  get version(): number {
    return this.#payload.version;
  }

  /**
   * An event that was published in this process. Where the publisher has the same class it is the same event.
   *
   * @throws EventVersionUnknownError, EventUpcastError, EventUnreadableError
   */
  read(event: PublishedEvent): PublishedEvent {
    if (event.origin.eventClass === this.eventClass) return event;
    this.#assertKnown(event);
    return this.#received(event, () => plainData(event.payload));
  }

  /** An event out of the store, with the plain data of its payload. @throws as `read` */
  open(event: PublishedEvent): PublishedEvent {
    this.#assertKnown(event);
    return this.#received(event, () => event.payload);
  }

  /** The payload of an event that cannot be read, to look for its key in. @throws PayloadProblem */
  guess({ payload }: PublishedEvent): object {
    return this.#payload.guess(plainData(payload));
  }

  #assertKnown({ origin, id }: PublishedEvent): void {
    if (origin.version <= this.version) return;
    const { plugin, receiver } = this.#details;
    throw new EventVersionUnknownError({
      plugin,
      receiver,
      event: origin.name,
      id,
      version: origin.version,
      known: this.version,
    });
  }

  #received(event: PublishedEvent, data: () => unknown): PublishedEvent {
    const { name, version } = event.origin;
    const { plugin, receiver } = this.#details;
    try {
      return new ReceivedEvent(event, this.#payload.from(data(), version));
    } catch (error) {
      if (error instanceof PayloadProblem) throw new EventUnreadableError(receiver, name, error.message);
      if (!(error instanceof ReceptionProblem)) throw error;
      if (error.kind === 'unreadable') throw new EventUnreadableError(receiver, name, error.message, error.cause);
      const steps = { from: version, to: this.version };
      throw new EventUpcastError({ plugin, receiver, event: name, ...steps }, error.message, error.cause);
    }
  }
}
