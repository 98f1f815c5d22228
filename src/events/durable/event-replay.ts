/** Has stored events delivered again: each becomes a record of the subscriptions that are to get it, as if it were due now. */
import type { LogEntry, Store, StoreOperation } from '../../storage/index.js';
import { matchesPattern } from '../contracts/event-name.js';
import { DELIVERIES, putRow } from './delivery-row.js';
import type { DurableSubscription } from './durable-subscription.js';

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

/** @returns how many deliveries come of it; those that wait for their next attempt anyway are not among them */
export async function replay(query: ReplayQuery, ports: ReplayPorts): Promise<number> {
  if (query.eventId !== undefined) {
    const entry = await ports.store.findEntry(query.eventId);
    return entry ? replayPage([entry], query, ports) : 0;
  }
  const { fromTime, beforeTime } = query;
  const { last: through } = await ports.store.logStatus();
  let count = 0;
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: Awaited<ReturnType<Store['readLog']>> = await ports.store.readLog({ after, through, fromTime, beforeTime, limit: PAGE });
    const chosen = page.entries.filter(({ name }) => query.events === undefined || matchesPattern(query.events, name));
    count += await replayPage(chosen, query, ports);
    after = page.next;
    // Others get their turn between two pages.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return count;
}

async function replayPage(entries: readonly LogEntry[], { subscription: only }: ReplayQuery, ports: ReplayPorts): Promise<number> {
  const { store, subscriptionsOf, nowMs, expect } = ports;
  const due = nowMs();
  const counts = new Map<DurableSubscription, number>();
  const operations: StoreOperation[] = [];
  for (const { position, id, name, time, body } of entries) {
    const targets = subscriptionsOf(name).filter((each) => only === undefined || each.name === only);
    for (const subscription of targets) {
      if (await store.get(DELIVERIES, subscription.name, id)) continue;
      operations.push(putRow(subscription.name, { event: { id, name, time, body }, position, attempts: 0, starts: 0, errors: [] }, due));
      counts.set(subscription, (counts.get(subscription) ?? 0) + 1);
    }
  }
  if (operations.length > 0) await store.commit(operations);
  for (const [subscription, count] of counts) expect(subscription, count, due);
  return operations.length;
}
