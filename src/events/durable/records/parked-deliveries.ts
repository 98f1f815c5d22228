/**
 * Deliveries of events with a version that their handler does not know: records without a time, which nothing takes, and an index of them. They
 * hold up their key, and are due again once the handler knows their version, or leave when an operator skips them.
 */
import {
  RecordDamagedError,
  StoreConflictError,
  type RecordPage,
  type Store,
  type StoredRecord,
  type StoreOperation,
} from '../../../storage/index.js';
import type { EventVersionUnknownError } from '../../events.errors.js';
import { deleteRow, DELIVERIES, errorChain, putRow, rowOf } from './delivery-row.js';
import { keep, rowFor, type DurableDelivery } from './durable-delivery.js';
import { putPlace, removePlace } from './lane-index.js';

export const PARKED = 'parked-deliveries';

const PAGE = 100;
const MAX_REFUSALS = 10;

/** What the index knows, so that nobody has to read the events. */
export interface ParkedDelivery {
  readonly eventId: string;
  readonly event: string;
  readonly source: string;
  /** Of the event; the handler knew less. */
  readonly version: number;
  /** When it was published, and when it was parked; in milliseconds since 1970. */
  readonly time: number;
  readonly parkedAt: number;
  /** Where it has a key: that, and its place among others of it. */
  readonly key?: string | undefined;
  readonly turn?: string | undefined;
}

/** Puts a delivery aside, with its lane. */
export function park(
  subscription: string,
  delivery: DurableDelivery,
  error: EventVersionUnknownError,
  nowMs: number,
): StoreOperation[] {
  const { key, turn, event } = delivery;
  const { id: eventId, time, origin } = event;
  const row = rowFor(delivery, { starts: 0, errors: errorChain(error), parked: true });
  const entry: ParkedDelivery = {
    eventId,
    event: origin.name,
    source: origin.source,
    version: origin.version,
    time,
    parkedAt: nowMs,
    key,
    turn,
  };
  const operations = [...keep(subscription, delivery, row, undefined), putEntry(subscription, entry)];
  if (key !== undefined && turn !== undefined)
    operations.push(putPlace(subscription, { key, turn, id: eventId, isFirst: true }));
  return operations;
}

/** In the order of their ids. @param after where to go on */
export async function parkedIn(
  store: Store,
  subscription: string,
  after?: string,
  limit = PAGE,
): Promise<{ readonly entries: readonly ParkedDelivery[]; readonly next: string | undefined }> {
  const { records, next }: RecordPage = await store.scan({ table: PARKED, scope: subscription, after, limit });
  return { entries: records.map(entryOf), next };
}

/** What came of one that left. */
export interface LeftDelivery {
  /** The lane that it held up. */
  readonly key: string | undefined;
}

/** Gives one up for good. @returns `undefined` when it is not parked, or not any more */
export async function skipParked(
  store: Store,
  subscription: string,
  eventId: string,
): Promise<LeftDelivery | undefined> {
  const record = await store.get(PARKED, subscription, eventId);
  if (!record) return undefined;
  const { key } = entryOf(record);
  try {
    await store.commit(removed(subscription, record));
  } catch (error) {
    // It became due again in the same moment.
    if (error instanceof StoreConflictError) return undefined;
    throw error;
  }
  return { key };
}

export interface ReleasePorts {
  readonly store: Store;
  readonly subscription: string;
  /** The newest version that the handler knows. */
  readonly version: number;
  readonly nowMs: () => number;
  readonly isOver: () => boolean;
  /** So many are due now. */
  readonly released: (count: number) => void;
  /** One could not be read: it is known to the store as damaged, and waits no longer. */
  readonly lost: (left: LeftDelivery, error: unknown) => void;
}

/** Makes those due whose version is known by now. A page is one commit. */
export async function releaseKnown(ports: ReleasePorts): Promise<void> {
  const { store, subscription, isOver } = ports;
  for (let after: string | undefined = ''; after !== undefined && !isOver();) {
    const page: RecordPage = await store.scan({ table: PARKED, scope: subscription, after, limit: PAGE });
    const known = page.records.filter((record) => entryOf(record).version <= ports.version).map(({ key }) => key);
    // Without its entry nobody knows the version: the handler will tell.
    const doubtful = page.damaged.flatMap((damage) => (damage.kind === 'record' ? [damage.key] : []));
    await releaseEach([...known, ...doubtful], ports);
    after = page.next;
    // Others get their turn between two pages.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

async function releaseEach(eventIds: readonly string[], ports: ReleasePorts): Promise<void> {
  for (let refusals = 0; ; refusals++) {
    const operations: StoreOperation[] = [];
    for (const eventId of eventIds) operations.push(...(await releasing(eventId, ports)));
    if (operations.length === 0 || ports.isOver()) return;
    try {
      await ports.store.commit(operations);
      ports.released(operations.filter(({ op }) => op === 'put').length);
      return;
    } catch (error) {
      // One was skipped in the same moment.
      if (!(error instanceof StoreConflictError) || refusals === MAX_REFUSALS) throw error;
    }
  }
}

async function releasing(
  eventId: string,
  { store, subscription, nowMs, lost }: ReleasePorts,
): Promise<StoreOperation[]> {
  const entry = await readable(() => store.get(PARKED, subscription, eventId));
  if (entry === undefined) return [];
  const end = { op: 'delete', table: PARKED, scope: subscription, key: eventId } as const;
  const row = await readable(() => store.get(DELIVERIES, subscription, eventId));
  if (row instanceof RecordDamagedError) {
    if (entry instanceof RecordDamagedError) await store.commit([end]);
    else await store.commit(removed(subscription, entry));
    lost({ key: entry instanceof RecordDamagedError ? undefined : entryOf(entry).key }, row);
    return [];
  }
  const endOnce = entry instanceof RecordDamagedError ? end : { ...end, expectedVersion: entry.version };
  if (!row) return [endOnce];
  const { parked: _, ...rest } = rowOf(row);
  return [putRow(subscription, { ...rest, errors: [] }, nowMs(), row.version), endOnce];
}

async function readable(
  read: () => Promise<StoredRecord | undefined>,
): Promise<StoredRecord | RecordDamagedError | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RecordDamagedError) return error;
    throw error;
  }
}

function putEntry(subscription: string, entry: ParkedDelivery): StoreOperation {
  return { op: 'put', table: PARKED, scope: subscription, key: entry.eventId, value: JSON.stringify(entry) };
}

/** The delivery, its entry and its place. */
function removed(subscription: string, record: StoredRecord): StoreOperation[] {
  const { key, turn, eventId } = entryOf(record);
  const { version: expectedVersion } = record;
  const operations: StoreOperation[] = [
    { op: 'delete', table: PARKED, scope: subscription, key: eventId, expectedVersion },
    deleteRow(subscription, eventId),
  ];
  if (key !== undefined && turn !== undefined) operations.push(removePlace(subscription, key, turn, eventId));
  return operations;
}

function entryOf({ value }: StoredRecord): ParkedDelivery {
  // Records are sealed: the store gives back what `putEntry` made, or nothing.
  return JSON.parse(value) as ParkedDelivery;
}
