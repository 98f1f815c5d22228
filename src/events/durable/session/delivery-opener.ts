/** Makes deliveries of what was published and of what is stored, both as their handler is to get them. */
import type { EventReader } from '../../handlers/event-reader.js';
import type { Handler } from '../../handlers/handler.js';
import type { PublishedEvent } from '../../event/published-event.js';
import { EventUnreadableError, EventVersionUnknownError, PoisonEventError } from '../../events.errors.js';
import type { DurableDelivery } from '../records/durable-delivery.js';
import { POISON_BOOTS } from './suspects.js';

export interface OpenedDelivery {
  readonly delivery: DurableDelivery;
  /** Why it cannot be handed to the handler at all. */
  readonly problem?: unknown;
}

export class DeliveryOpener {
  readonly #event: string;
  readonly #reader: EventReader;

  /** @param orphansThrough what stands in the log up to here may have been running when the process ended */
  constructor(
    private readonly subscription: string,
    { details: { pattern, reader } }: Handler,
    private readonly orphansThrough: number,
  ) {
    if (!reader) throw new RangeError(`The handler of "${subscription}" has no event class.`);
    this.#event = pattern;
    this.#reader = reader;
  }

  /** The newest version that the handler knows. */
  get version(): number {
    return this.#reader.version;
  }

  /** What was published a moment ago. Each event of each subscription comes through here: no copies where nothing has to be converted. */
  published({
    event,
    stored,
    position,
    priority,
  }: Pick<DurableDelivery, 'event' | 'stored' | 'position' | 'priority'>): OpenedDelivery {
    const none = undefined;
    const delivery = {
      event,
      stored,
      position,
      priority,
      isOrphan: false,
      unknown: none,
      row: none,
      key: none,
      turn: none,
    };
    if (event.origin.eventClass === this.#reader.eventClass) return { delivery, problem: none };
    return opened(delivery, () => this.#reader.read(event));
  }

  /** What was read from the log, or is owned by a record. */
  stored(found: Pick<DurableDelivery, 'event' | 'stored' | 'position' | 'priority' | 'row'>): OpenedDelivery {
    const { id, name, time, body } = found.stored;
    const { key, turn, starts = 0 } = found.row ?? {};
    const isOrphan = found.row === undefined && found.position <= this.orphansThrough;
    return opened({ ...found, stored: { id, name, time, body }, isOrphan, key, turn }, () => {
      if (name !== this.#event)
        throw new EventUnreadableError(this.subscription, name, `the subscription takes "${this.#event}"`);
      if (starts >= POISON_BOOTS) throw new PoisonEventError(this.subscription, name, id, starts);
      return this.#reader.open(found.event);
    });
  }
}

function opened(delivery: DurableDelivery, read: () => PublishedEvent): OpenedDelivery {
  try {
    const event = read();
    return { delivery: event === delivery.event ? delivery : { ...delivery, event } };
  } catch (problem) {
    return problem instanceof EventVersionUnknownError
      ? { delivery: { ...delivery, unknown: problem } }
      : { delivery, problem };
  }
}
