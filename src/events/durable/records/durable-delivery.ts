/** One event on its way to one durable subscription, in memory, and the operations that move it between the log and its record. */
import type { StoreOperation } from '../../../storage/index.js';
import type { EventPriority } from '../../contracts/event-contract.metadata.js';
import type { PublishedEvent } from '../../event/published-event.js';
import type { EventVersionUnknownError } from '../../events.errors.js';
import { deleteRow, putRow, type DeliveryRow } from './delivery-row.js';
import { putPlace, removePlace } from './lane-index.js';
import type { StoredEvent } from './stored-event.js';

export interface DurableDelivery {
  readonly event: PublishedEvent;
  readonly stored: StoredEvent;
  /** Position in the log; means nothing once a record owns the delivery. */
  readonly position: number;
  readonly priority: EventPriority;
  /** It may have been running when the process crashed: its next start is counted first. */
  readonly isOrphan: boolean;
  /** Set if only a newer handler can take it; the event is as it was published then. */
  readonly unknown?: EventVersionUnknownError | undefined;
  /** The record that owns it, where there is one. */
  row: DeliveryRow | undefined;
  key: string | undefined;
  /** Its place among those of its key. */
  turn: string | undefined;
}

/** What became of an attempt; `kept`: a record or the log has the delivery for later. */
export type DeliveryFate = 'succeeded' | 'dead-lettered' | 'kept';

/** It ran when the process ended. */
export function isCrashCandidate({ row }: DurableDelivery): boolean {
  return (row?.starts ?? 0) > 0;
}

/** It has failed, or run, before: no other event is in its batch, so that no other one can be the cause of how it ends. */
export function isTriedAlone({ row }: DurableDelivery): boolean {
  return row !== undefined && (row.attempts > 0 || row.errors.length > 0);
}

/** The first record of a delivery, or a newer version of the one that it has. */
export function rowFor({ row, stored, key, turn }: DurableDelivery, change: Partial<DeliveryRow>): DeliveryRow {
  return {
    event: stored,
    attempts: 0,
    starts: 0,
    errors: [],
    ...row,
    key: key ?? row?.key,
    turn: turn ?? row?.turn,
    ...change,
  };
}

/** A record owns the delivery from now on, with its place among those of its key. @param due `undefined`: it waits behind its key */
export function keep(
  subscription: string,
  delivery: DurableDelivery,
  row: DeliveryRow,
  due: number | undefined,
): StoreOperation[] {
  const operations = [putRow(subscription, row, due)];
  if (!delivery.row) operations.push(acknowledged(subscription, delivery));
  if (row.key !== undefined && row.turn !== undefined) {
    operations.push(
      putPlace(subscription, { key: row.key, turn: row.turn, id: row.event.id, isFirst: due !== undefined }),
    );
  }
  return operations;
}

/** Ends the delivery with any result. */
export function finish(subscription: string, delivery: DurableDelivery): StoreOperation[] {
  const { row } = delivery;
  if (!row) return [acknowledged(subscription, delivery)];
  const operations = [deleteRow(subscription, row.event.id)];
  if (row.key !== undefined && row.turn !== undefined)
    operations.push(removePlace(subscription, row.key, row.turn, row.event.id));
  return operations;
}

export function acknowledged(subscription: string, { position }: DurableDelivery): StoreOperation {
  return { op: 'acknowledge', subscription, position };
}

/** Attempts that were made, the latest included. */
export function attemptsOf({ row }: DurableDelivery): number {
  return row?.attempts ?? 1;
}
