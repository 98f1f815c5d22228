/** The records of deliveries that failed, are delayed, overtake, wait behind their key, are replayed or are dead. */
import type { StoredRecord, StoreOperation } from '../../../storage/index.js';
import { toError } from '../../../common/index.js';
import type { StoredEvent } from './stored-event.js';

export const DELIVERIES = 'deliveries';
export const DEAD_LETTERS = 'dead-letters';

export interface RecordedError {
  readonly name: string;
  readonly message: string;
}

/** A delivery that a record owns: the cursor of its subscription has passed the event. */
export interface DeliveryRow {
  readonly event: StoredEvent;
  /** Counted before the handler is called. */
  readonly attempts: number;
  /** Attempts in a row that met a conflict, and so do not count. */
  readonly conflicts?: number | undefined;
  /** Starts without an end: the process ended first. */
  readonly starts: number;
  /** Set while it holds up, or waits behind, others of its key, with its place among them. */
  readonly key?: string | undefined;
  readonly turn?: string | undefined;
  /** Set while it waits behind its key, where its next attempt has a time of its own; in milliseconds since 1970. */
  readonly notBefore?: number | undefined;
  /** Set if its handler does not know the version of the event; the record has no time then. */
  readonly parked?: true | undefined;
  /** The latest error first, then what caused it. */
  readonly errors: readonly RecordedError[];
}

export interface DeadRow extends DeliveryRow {
  /** Milliseconds since 1970. */
  readonly diedAt: number;
}

/** The record of an event before its first attempt. */
export function freshRow({ id, name, time, body }: StoredEvent): DeliveryRow {
  return { event: { id, name, time, body }, attempts: 0, starts: 0, errors: [] };
}

/**
 * @param due in milliseconds since 1970; `undefined` while it waits behind its key, or is parked
 * @param expectedVersion 0: there must be no record of this delivery yet
 */
export function putRow(
  subscription: string,
  row: DeliveryRow,
  due: number | undefined,
  expectedVersion?: number,
): StoreOperation {
  return {
    op: 'put',
    table: DELIVERIES,
    scope: subscription,
    key: row.event.id,
    value: JSON.stringify(row),
    due,
    expectedVersion,
  };
}

export function deleteRow(subscription: string, id: string): StoreOperation {
  return { op: 'delete', table: DELIVERIES, scope: subscription, key: id };
}

export function putDead(subscription: string, row: DeadRow): StoreOperation {
  return { op: 'put', table: DEAD_LETTERS, scope: subscription, key: row.event.id, value: JSON.stringify(row) };
}

export function rowOf({ value }: StoredRecord): DeliveryRow {
  // Records are sealed: the store gives back what `putRow` made, or nothing.
  return JSON.parse(value) as DeliveryRow;
}

const MAX_ERRORS = 10;
const MAX_TEXT = 2_000;

/** The error and what caused it. */
export function errorChain(thrown: unknown): RecordedError[] {
  const chain: RecordedError[] = [];
  let next: unknown = thrown;
  do {
    const { name, message, cause } = toError(next);
    chain.push({ name: cut(name), message: cut(message) });
    next = cause;
  } while (next !== undefined && chain.length < MAX_ERRORS);
  return chain;
}

function cut(text: string): string {
  return String(text).slice(0, MAX_TEXT).toWellFormed();
}
