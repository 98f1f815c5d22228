/** The key of one delivery, as its subscription declares it. */
import type { Handler } from '../../handlers/handler.js';
import type { DeliveryOpener } from './delivery-opener.js';
import type { DeliveryRow } from '../records/delivery-row.js';
import type { DurableDelivery } from '../records/durable-delivery.js';
import { openedEvent } from '../records/stored-event.js';

/**
 * `undefined` for a subscription without keys, and for an event of an unknown version whose key cannot be found.
 *
 * @throws what the `key` of the subscription throws
 */
export function keyOf(
  { details: { policy, reader } }: Handler,
  { event, unknown }: DurableDelivery,
): string | undefined {
  if (!policy.key) return undefined;
  // The payload is an instance of the class that `key` was declared for.
  if (!unknown) return String(policy.key(event.payload as never));
  try {
    const key: unknown = policy.key(reader?.guess(event) as never);
    return key === undefined || key === null ? undefined : String(key);
  } catch {
    return undefined;
  }
}

/** The key of a record; `undefined` where it cannot be had: what fails here becomes a dead letter when it is due. */
export function keyOfRow(handler: Handler, opener: DeliveryOpener, row: DeliveryRow): string | undefined {
  const { event, priority } = openedEvent(row.event);
  const { delivery, problem } = opener.stored({ event, stored: row.event, position: 0, priority, row });
  if (problem !== undefined) return undefined;
  try {
    return keyOf(handler, delivery);
  } catch {
    return undefined;
  }
}
