/** How durable subscriptions fare, for metrics. */
import type { Store } from '../../../storage/index.js';
import type { DueClock } from '../clock/due-clock.js';
import type { SubscriptionFigures } from './durable.metrics.js';
import type { KnownSubscriptions } from '../subscribers/known-subscriptions.js';
import { DEAD_LETTERS } from '../records/delivery-row.js';
import { countsByScope } from '../records/pages.js';
import { oldestAgeMs } from './oldest-waiting.js';

/** The figures of every known subscription. The age of what waits is only looked for where something does. */
export async function subscriptionFigures(
  known: KnownSubscriptions,
  ports: { readonly store: Store; readonly dues: DueClock },
): Promise<SubscriptionFigures[]> {
  const cursors = await ports.store.cursors();
  const dead = await countsByScope(ports.store, DEAD_LETTERS);
  return Promise.all(
    [...known.all()].map(async ({ name, plugin, event, backlog, parked }) => {
      const ageMs = backlog > 0 ? await oldestAgeMs({ name, event }, cursors.get(name), ports) : 0;
      return { subscription: name, plugin, backlog, parked, deadLetters: dead.get(name) ?? 0, oldestAgeMs: ageMs };
    }),
  );
}
