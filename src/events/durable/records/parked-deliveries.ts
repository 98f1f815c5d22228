/**
 * Deliveries of events with a version that their handler does not know: records without a time, and an index of them. They hold up their key until
 * a handler knows their version, or an operator skips them.
 */
import { StoreConflictError, type Store, type StoredRecord, type StoreOperation } from '../../../storage/index.js';
import type { EventVersionUnknownError } from '../../events.errors.js';
import { deleteRow, errorChain } from './delivery-row.js';
import { keep, rowFor, type DurableDelivery } from './durable-delivery.js';
import { putPlace, removePlace } from './lane-index.js';
import { recordPages } from './pages.js';

export const PARKED = 'parked-deliveries';

const PAGE = 100;

/** An entry of the index: enough to list parked events without reading them. */
export interface ParkedDelivery {
  readonly eventId: string;
  readonly event: string;
  readonly source: string;
  /** Version of the event; the handler knew less. */
  readonly version: number;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /** When it was parked, in milliseconds since 1970. */
  readonly parkedAt: number;
  /** Its key and its place among others of that key, where it has one. */
  readonly key?: string | undefined;
  readonly turn?: string | undefined;
}

/** Parks a delivery. Its lane waits for it. */
export function park(
  subscription: string,
  delivery: DurableDelivery,
  error: EventVersionUnknownError,
  nowMs: number,
): StoreOperation[] {
  const { key, turn, event } = delivery;
  const { id: eventId, time, origin } = event;
  const { name, source, version } = origin;
  const row = rowFor(delivery, { starts: 0, errors: errorChain(error), parked: true });
  const entry: ParkedDelivery = { eventId, event: name, source, version, time, parkedAt: nowMs, key, turn };
  const operations = keep(subscription, delivery, row, undefined);
  operations.push({ op: 'put', table: PARKED, scope: subscription, key: eventId, value: JSON.stringify(entry) });
  if (key !== undefined && turn !== undefined)
    operations.push(putPlace(subscription, { key, turn, id: eventId, isFirst: true }));
  return operations;
}

/** Pages of entries, in the order of their ids. @param after the id behind which they begin */
export async function* parkedIn(
  store: Store,
  subscription: string,
  after = '',
  limit = PAGE,
): AsyncGenerator<readonly ParkedDelivery[]> {
  for await (const { records } of recordPages(store, { table: PARKED, scope: subscription, after, limit }))
    yield records.map(parkedEntry);
}

/** Gives one up for good. @returns the key that it held up; `undefined` if it is not parked any more */
export async function skipParked(
  store: Store,
  subscription: string,
  eventId: string,
): Promise<{ readonly key: string | undefined } | undefined> {
  const record = await store.get(PARKED, subscription, eventId);
  if (!record) return undefined;
  try {
    await store.commit(removeParked(subscription, record));
  } catch (error) {
    // It became due again in the same moment.
    if (error instanceof StoreConflictError) return undefined;
    throw error;
  }
  return { key: parkedEntry(record).key };
}

/** Removes the delivery, its entry and its place. */
export function removeParked(subscription: string, record: StoredRecord): StoreOperation[] {
  const { key, turn, eventId } = parkedEntry(record);
  const { version: expectedVersion } = record;
  const operations: StoreOperation[] = [
    { op: 'delete', table: PARKED, scope: subscription, key: eventId, expectedVersion },
    deleteRow(subscription, eventId),
  ];
  if (key !== undefined && turn !== undefined) operations.push(removePlace(subscription, key, turn, eventId));
  return operations;
}

export function parkedEntry({ value }: StoredRecord): ParkedDelivery {
  // Records are sealed: the store gives back what `park` made, or nothing.
  return JSON.parse(value) as ParkedDelivery;
}
