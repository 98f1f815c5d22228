/** Makes deliveries of what was published and of what is stored, both as their handler is to get them, and finds their keys. */
import type { LogEntry } from '../../../storage/index.js';
import type { PublishedEvent } from '../../event/published-event.js';
import { EventUnreadableError, EventVersionUnknownError, PoisonEventError } from '../../events.errors.js';
import type { DeliveryPolicy } from '../../handlers/delivery-policy.js';
import type { EventReader } from '../../handlers/event-reader.js';
import type { Handler } from '../../handlers/handler.js';
import type { DeliveryRow } from '../records/delivery-row.js';
import type { DurableDelivery } from '../records/durable-delivery.js';
import { openedEvent, type OpenedEvent } from '../records/stored-event.js';
import { MAX_CRASHES } from './crash-candidates.js';

export interface OpenedDelivery {
  readonly delivery: DurableDelivery;
  /** Why it cannot be handed to the handler at all. */
  readonly problem?: unknown;
}

export class DeliveryOpener {
  readonly #event: string;
  readonly #reader: EventReader;
  readonly #policy: DeliveryPolicy;

  /** @param orphansThrough events up to this position of the log may have been running when the process crashed */
  constructor(
    private readonly subscription: string,
    { details: { pattern, policy, reader } }: Handler,
    private readonly orphansThrough: number,
  ) {
    if (!reader) throw new RangeError(`The handler of "${subscription}" has no event class.`);
    this.#event = pattern;
    this.#reader = reader;
    this.#policy = policy;
  }

  /** The newest version that the handler knows. */
  get version(): number {
    return this.#reader.version;
  }

  /** What was published a moment ago. Each event of each subscription comes through here: no copies unless something is converted. */
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

  /** What was read from the log. */
  entry(entry: LogEntry, { event, priority }: OpenedEvent): OpenedDelivery {
    const { id, name, time, body, position } = entry;
    return this.#stored({ event, stored: { id, name, time, body }, position, priority, row: undefined });
  }

  /** What a record owns. */
  row(row: DeliveryRow): OpenedDelivery {
    const { event, priority } = openedEvent(row.event);
    return this.#stored({ event, stored: row.event, position: 0, priority, row });
  }

  /**
   * The key of a delivery, as its subscription declares it; `undefined` for a subscription without keys, and for an event of an unknown version
   * whose key cannot be found.
   *
   * @throws what the `key` of the subscription throws
   */
  keyOf({ event, unknown }: DurableDelivery): string | undefined {
    const { key: keyOf } = this.#policy;
    if (!keyOf) return undefined;
    // The payload is an instance of the class that `key` was declared for.
    if (!unknown) return String(keyOf(event.payload as never));
    try {
      const key: unknown = keyOf(this.#reader.guess(event) as never);
      return key === undefined || key === null ? undefined : String(key);
    } catch {
      return undefined;
    }
  }

  /** The key of a record; `undefined` if it cannot be found: such a delivery becomes a dead letter when it is due. */
  keyOfRow(row: DeliveryRow): string | undefined {
    const { delivery, problem } = this.row(row);
    if (problem !== undefined) return undefined;
    try {
      return this.keyOf(delivery);
    } catch {
      return undefined;
    }
  }

  #stored(found: Pick<DurableDelivery, 'event' | 'stored' | 'position' | 'priority' | 'row'>): OpenedDelivery {
    const { id, name } = found.stored;
    const { key, turn, starts = 0 } = found.row ?? {};
    const isOrphan = found.row === undefined && found.position <= this.orphansThrough;
    return opened({ ...found, isOrphan, key, turn }, () => {
      if (name !== this.#event)
        throw new EventUnreadableError(this.subscription, name, `the subscription takes "${this.#event}"`);
      if (starts >= MAX_CRASHES) throw new PoisonEventError(this.subscription, name, id, starts);
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
