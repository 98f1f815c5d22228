/**
 * Lets more important events overtake what the log still holds for a subscription: one that finds no room in memory becomes a record that is
 * looked at before all others. Not where a subscription has a key, whose order comes first.
 */
import { EVENT_PRIORITIES, type EventPriority } from '../../contracts/event-contract.metadata.js';
import type { Acknowledgements } from '../session/acknowledgements.js';
import { freshRow, putRow } from '../records/delivery-row.js';
import type { DurableSubscription } from '../subscribers/durable-subscription.js';
import type { StoredEvent } from '../records/stored-event.js';
import { urgentDue } from '../clock/due-clock.js';

/** How far apart the cursor of a subscription may be: each event that overtakes leaves a hole behind it until the log has been read so far. */
const OVERTAKING_LIMIT = 1_000;

/** The event stands in the log at `position`, and nobody has taken it. It stays there where it cannot overtake, or has nothing to overtake. */
export function overtake(
  subscription: DurableSubscription,
  {
    stored,
    position,
    priority,
  }: { readonly stored: StoredEvent; readonly position: number; readonly priority: EventPriority },
  acknowledgements: Acknowledgements,
): void {
  const due = urgentDue(priority);
  const { name, ahead, isKeyed, leastWaiting } = subscription;
  const rank = EVENT_PRIORITIES.indexOf(priority);
  if (due === undefined || isKeyed || rank <= leastWaiting || ahead.size >= OVERTAKING_LIMIT) {
    subscription.leastWaiting = Math.min(leastWaiting, rank);
    return;
  }
  ahead.add(position);
  const operations = [
    putRow(name, freshRow(stored), due),
    { op: 'acknowledge', subscription: name, position } as const,
  ];
  acknowledgements.commit(operations).then(
    () => subscription.session?.expect(due),
    // It is in the log still, and is read from there after the next start.
    () => ahead.delete(position),
  );
}
