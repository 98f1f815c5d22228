/** Delivers stored events again: each becomes a record of the subscriptions that get it, as if it were due now. */
import { StoreConflictError, type LogEntry, type Store, type StoredCursor } from '../../storage/index.js';
import type { StoreOperation } from '../../storage/index.js';
import { matchesPattern } from '../contracts/event-name.js';
import { LEAST_DUE, type DueClock } from '../durable/clock/due-clock.js';
import { DELIVERIES, freshRow, putRow } from '../durable/records/delivery-row.js';
import { logPages } from '../durable/records/pages.js';
import type { DurableSubscription } from '../durable/subscribers/durable-subscription.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import type { ReplayPlan, ReplayQuery } from './event-operations.port.js';

export interface ReplayDependencies {
  readonly store: Store;
  readonly known: KnownSubscriptions;
  readonly dues: DueClock;
}

const PAGE = 200;
const MAX_REFUSALS = 10;

type DueOf = (entry: LogEntry) => number;

/** One run over the log. A delivery that is under way, or waits for its next attempt anyway, is left out. */
export class EventReplay {
  readonly #counts = new Map<string, number>();
  #events = 0;

  /** @param mode `plan` writes nothing */
  constructor(
    private readonly query: ReplayQuery,
    private readonly mode: 'plan' | 'carry out',
    private readonly dependencies: ReplayDependencies,
  ) {}

  /** @returns what is delivered again, or would be */
  async run(): Promise<ReplayPlan> {
    const { eventId } = this.query;
    if (eventId === undefined) await this.#replayLog();
    else await this.#replayOne(eventId);
    const deliveries = [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return { events: this.#events, deliveries: deliveries.map(([subscription, count]) => ({ subscription, count })) };
  }

  async #replayOne(eventId: string): Promise<void> {
    const { store, dues } = this.dependencies;
    const entry = await store.findEntry(eventId);
    if (entry) await this.#replay([entry], () => dues.now());
  }

  async #replayLog(): Promise<void> {
    const { store, dues } = this.dependencies;
    const { events, fromTime, beforeTime } = this.query;
    const { last: through } = await store.logStatus();
    const nowMs = dues.now();
    // Each has a time of its own, none later than now: records of the same time would go in the order of their ids.
    const dueOf = ({ position }: LogEntry): number => Math.max(LEAST_DUE, nowMs - through + position);
    for await (const page of logPages(store, { after: 0, through, fromTime, beforeTime, limit: PAGE })) {
      const chosen = page.entries.filter(({ name }) => events === undefined || matchesPattern(events, name));
      await this.#replay(chosen, dueOf);
    }
  }

  async #replay(entries: readonly LogEntry[], dueOf: DueOf): Promise<void> {
    for (let refusals = 0; ; refusals++) {
      try {
        await this.#requeue(entries, dueOf);
        return;
      } catch (error) {
        // One of them has failed in between, and waits for its next attempt now.
        if (!(error instanceof StoreConflictError) || refusals === MAX_REFUSALS) throw error;
      }
    }
  }

  async #requeue(entries: readonly LogEntry[], dueOf: DueOf): Promise<void> {
    const { store, dues } = this.dependencies;
    const found = await this.#deliveriesOf(entries);
    if (found.length === 0) return;
    const isPlan = this.mode === 'plan';
    if (!isPlan)
      await store.commit(found.map(({ subscription, entry }) => requeued(subscription, entry, dueOf(entry))));
    this.#events += new Set(found.map(({ entry }) => entry.id)).size;
    for (const [subscription, { length }] of Map.groupBy(found, (each) => each.subscription)) {
      this.#counts.set(subscription.name, (this.#counts.get(subscription.name) ?? 0) + length);
      if (!isPlan) subscription.requeued(length, dues.now());
    }
  }

  /** What the subscriptions have finished, and no record owns. */
  async #deliveriesOf(entries: readonly LogEntry[]): Promise<{ subscription: DurableSubscription; entry: LogEntry }[]> {
    const { store, known } = this.dependencies;
    const { subscription: only } = this.query;
    const cursors = await store.cursors();
    const found = [];
    for (const entry of entries) {
      for (const subscription of known.of(entry.name)) {
        if (only !== undefined && subscription.name !== only) continue;
        if (!isPast(cursors.get(subscription.name), entry.position)) continue;
        if (!(await store.get(DELIVERIES, subscription.name, entry.id))) found.push({ subscription, entry });
      }
    }
    return found;
  }
}

function requeued({ name }: DurableSubscription, entry: LogEntry, due: number): StoreOperation {
  return putRow(name, freshRow(entry), due, 0);
}

function isPast(cursor: StoredCursor | undefined, position: number): boolean {
  if (!cursor) return false;
  return position <= cursor.position || cursor.above.some(([first, last]) => position >= first && position <= last);
}
