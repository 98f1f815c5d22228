/** One event on its way to one durable subscription, in memory. */
import type { EventPriority } from '../contracts/event-contract.metadata.js';
import type { PublishedEvent } from '../dispatch/published-event.js';
import type { DeliveryRow } from './delivery-row.js';
import type { StoredEvent } from './stored-event.js';

export interface DurableDelivery {
  readonly event: PublishedEvent;
  readonly stored: StoredEvent;
  readonly position: number;
  readonly priority: EventPriority;
  /** It may have been running when the process ended: its next start is counted first. */
  readonly isOrphan: boolean;
  /** The record that owns it, where there is one. */
  row: DeliveryRow | undefined;
  key: string | undefined;
}

/** How it went on: `done` for good, whatever the result; `kept` by a record or by the log for later. */
export type DeliveryFate = 'done' | 'kept';

export function isSuspect({ row }: DurableDelivery): boolean {
  return (row?.starts ?? 0) > 0;
}

/** The record of a delivery that has none yet, or a newer one of one that has. */
export function rowFor({ row, stored, position, key }: DurableDelivery, change: Partial<DeliveryRow>): DeliveryRow {
  return { event: stored, position, attempts: 0, starts: 0, errors: [], ...row, key: key ?? row?.key, ...change };
}
