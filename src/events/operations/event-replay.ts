/** Has stored events delivered again: each becomes a record of the subscriptions that are to get it, as if it were due now. */
import {
  StoreConflictError,
  type LogEntry,
  type Store,
  type StoredCursor,
  type StoreOperation,
} from '../../storage/index.js';
import { matchesPattern } from '../contracts/event-name.js';
import { DELIVERIES, freshRow, putRow } from '../durable/records/delivery-row.js';
import type { DurableSubscription } from '../durable/subscribers/durable-subscription.js';

export interface ReplayQuery {
  /** One event; the other fields then say nothing about events. */
  readonly eventId?: string;
  /** A name, or a pattern such as `recording.*`. Default: all. */
  readonly events?: string;
  /** Events of this moment or later, in milliseconds since 1970. */
  readonly fromTime?: number;
  /** Events before this moment. */
  readonly beforeTime?: number;
  /** One subscription. Default: all that the event is for. */
  readonly subscription?: string;
}

/** What a replay needs of the store. */
export type ReplayStore = Pick<Store, 'findEntry' | 'logStatus' | 'readLog' | 'cursors' | 'get' | 'commit'>;

export interface ReplayPorts {
  readonly store: ReplayStore;
  readonly subscriptionsOf: (event: string) => readonly DurableSubscription[];
  readonly nowMs: () => number;
  readonly expect: (subscription: DurableSubscription, count: number, due: number) => void;
}

const PAGE = 200;
const MAX_REFUSALS = 10;
/** Behind the times of records that overtake. */
const LEAST_DUE = 3;

/** @returns how many deliveries come of it; those that are under way or wait anyway are not among them */
export async function replay(query: ReplayQuery, ports: ReplayPorts): Promise<number> {
  if (query.eventId !== undefined) {
    const entry = await ports.store.findEntry(query.eventId);
    return entry ? replayPage([entry], query, ports, () => ports.nowMs()) : 0;
  }
  const { fromTime, beforeTime } = query;
  const { last: through } = await ports.store.logStatus();
  const nowMs = ports.nowMs();
  // Each has a time of its own, none later than now: of the same time they would go in the order of their ids.
  const dueOf = ({ position }: LogEntry): number => Math.max(LEAST_DUE, nowMs - through + position);
  let count = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<Store['readLog']>> = await ports.store.readLog({
      after,
      through,
      fromTime,
      beforeTime,
      limit: PAGE,
    });
    const chosen = page.entries.filter(({ name }) => query.events === undefined || matchesPattern(query.events, name));
    count += await replayPage(chosen, query, ports, dueOf);
    after = page.next;
    // Others get their turn between two pages.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return count;
}

type DueOf = (entry: LogEntry) => number;

async function replayPage(
  entries: readonly LogEntry[],
  query: ReplayQuery,
  ports: ReplayPorts,
  dueOf: DueOf,
): Promise<number> {
  for (let refusals = 0; ; refusals++) {
    try {
      return await replayOnce(entries, query, ports, dueOf);
    } catch (error) {
      // One of them has failed meanwhile, and waits for its next attempt now.
      if (!(error instanceof StoreConflictError) || refusals === MAX_REFUSALS) throw error;
    }
  }
}

async function replayOnce(
  entries: readonly LogEntry[],
  { subscription: only }: ReplayQuery,
  ports: ReplayPorts,
  dueOf: DueOf,
): Promise<number> {
  const { store, subscriptionsOf, nowMs, expect } = ports;
  const counts = new Map<DurableSubscription, number>();
  const operations: StoreOperation[] = [];
  const cursors = await store.cursors();
  for (const entry of entries) {
    const targets = subscriptionsOf(entry.name).filter((each) => only === undefined || each.name === only);
    for (const subscription of targets) {
      if (!isPast(cursors.get(subscription.name), entry.position)) continue;
      if (await store.get(DELIVERIES, subscription.name, entry.id)) continue;
      operations.push(putRow(subscription.name, freshRow(entry), dueOf(entry), 0));
      counts.set(subscription, (counts.get(subscription) ?? 0) + 1);
    }
  }
  if (operations.length > 0) await store.commit(operations);
  for (const [subscription, count] of counts) expect(subscription, count, nowMs());
  return operations.length;
}

function isPast(cursor: StoredCursor | undefined, position: number): boolean {
  if (!cursor) return false;
  return position <= cursor.position || cursor.above.some(([first, last]) => position >= first && position <= last);
}
