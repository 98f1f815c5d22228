/** How durable subscriptions fare, for metrics and operators. */
import type { RecordPage, Store, StoredCursor } from '../../../storage/index.js';
import type { DueClock } from '../clock/due-clock.js';
import { DEAD_LETTERS, DELIVERIES, rowOf } from '../records/delivery-row.js';
import { countsByScope } from '../records/pages.js';
import type { KnownSubscriptions } from '../subscribers/known-subscriptions.js';
import type { SubscriptionFigures } from './durable.metrics.js';

/** Records have their payloads with them. */
const PAGE = 100;

/** Ids that the server makes grow with time and begin with a 0; this is above them. */
const ABOVE_MADE_IDS = '1';

interface Places {
  readonly store: Store;
  readonly dues: DueClock;
}

/**
 * Exact where at most a hundred records wait, or where their ids are the server's own: of many with ids of publishers the first hundred are
 * looked at, because this is asked at every scrape.
 *
 * @returns in milliseconds; 0 where nothing waits
 */
export async function oldestAgeMs(
  subscription: { readonly name: string; readonly event: string },
  cursor: StoredCursor | undefined,
  { store, dues }: Places,
): Promise<number> {
  const ages = [await ageInLog(subscription.event, cursor, { store, dues }), 0];
  const first: RecordPage = await store.scan({ table: DELIVERIES, scope: subscription.name, limit: PAGE });
  const pages = [first];
  const isInMadeIds = first.next !== undefined && first.next < ABOVE_MADE_IDS;
  if (isInMadeIds)
    pages.push(await store.scan({ table: DELIVERIES, scope: subscription.name, after: ABOVE_MADE_IDS, limit: PAGE }));
  for (const { records } of pages)
    for (const record of records) ages.push(dues.ageOf({ time: rowOf(record).event.time }));
  return Math.max(...ages);
}

async function ageInLog(event: string, cursor: StoredCursor | undefined, { store, dues }: Places): Promise<number> {
  const { position, above } = cursor ?? { position: 0, above: [] };
  const { entries } = await store.readLog({ after: position, namePrefix: event, limit: PAGE });
  const waits = ({ name, position: at }: { name: string; position: number }): boolean =>
    name === event && !above.some(([from, to]) => at >= from && at <= to);
  const oldest = entries.find(waits);
  return oldest ? dues.ageOf(oldest) : 0;
}

/** The figures of every known subscription. The age of what waits is only looked for where something does. */
export async function subscriptionFigures(known: KnownSubscriptions, places: Places): Promise<SubscriptionFigures[]> {
  const cursors = await places.store.cursors();
  const dead = await countsByScope(places.store, DEAD_LETTERS);
  return Promise.all(
    [...known.all()].map(async ({ name, plugin, event, backlog }) => ({
      subscription: name,
      plugin,
      backlog: backlog.size,
      parked: backlog.parked,
      deadLetters: dead.get(name) ?? 0,
      oldestAgeMs: backlog.size > 0 ? await oldestAgeMs({ name, event }, cursors.get(name), places) : 0,
    })),
  );
}
