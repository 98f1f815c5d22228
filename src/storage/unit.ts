/** What a caller hands in to be carried out together: the operations of a unit, and what it gets back. */

export interface AppendOperation {
  readonly op: 'append';
  /** Unique in the log; ids that grow with time are much cheaper than random ones. */
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly body: string;
  /** Subscriptions whose cursor passes over the entry at once, because it reaches them by a record. */
  readonly passedBy?: readonly string[];
}

/** Has no effect on a subscription without a cursor, or a second time. */
interface AcknowledgeOperation {
  readonly op: 'acknowledge';
  readonly subscription: string;
  readonly position: number;
}

/** Makes a cursor, or moves the one that is there. */
export interface PlaceCursorOperation {
  readonly op: 'place-cursor';
  readonly subscription: string;
  /** The last position that counts as dealt with; `end`: all that is in the log by then. */
  readonly position: number | 'end';
}

interface DropCursorOperation {
  readonly op: 'drop-cursor';
  readonly subscription: string;
}

export interface PutOperation {
  readonly op: 'put';
  readonly table: string;
  readonly scope: string;
  readonly key: string;
  readonly value: string;
  /** When the record is to be found by `scanDue`, in milliseconds since 1970: its next attempt, its expiry. */
  readonly due?: number | undefined;
  /** The version that is replaced; 0: there must be none. Without it whatever is there is replaced, a damaged record as well. */
  readonly expectedVersion?: number | undefined;
}

export interface DeleteOperation {
  readonly op: 'delete';
  readonly table: string;
  readonly scope: string;
  readonly key: string;
  readonly expectedVersion?: number | undefined;
}

/** Refuses the unit when the values of a scope, or of all scopes below it (`<scope>/…`), have more bytes than that by then. */
export interface LimitOperation {
  readonly op: 'limit';
  readonly table: string;
  readonly scope: string;
  readonly maxBytes: number;
}

/** Removes the oldest entries up to and including a position. Trim a thousand at a time: the event loop waits. */
interface TrimOperation {
  readonly op: 'trim';
  readonly through: number;
}

/** Removes the records of a table that were due before a moment, the earliest first, at most a thousand. */
export interface PruneOperation {
  readonly op: 'prune';
  readonly table: string;
  readonly dueBefore: number;
}

export type StoreOperation =
  | AppendOperation
  | AcknowledgeOperation
  | PlaceCursorOperation
  | DropCursorOperation
  | PutOperation
  | DeleteOperation
  | LimitOperation
  | TrimOperation
  | PruneOperation;

export interface Receipt {
  /** The positions of the appended entries, in the order of their operations. */
  readonly positions: readonly number[];
  /** The versions of the records that were put, in the order of their operations. */
  readonly versions: readonly number[];
}

export const PRUNE_LIMIT = 1_000;

/** @throws RangeError when a text or a number would come back from a file as another one */
export function assertStorable(unit: readonly StoreOperation[]): void {
  for (const operation of unit) {
    if (operation.op === 'append') {
      assertTexts(operation.id, operation.name, operation.body);
      assertWhole(operation.time);
    } else if (operation.op === 'put') {
      assertTexts(operation.table, operation.scope, operation.key, operation.value);
      if (operation.due !== undefined) assertWhole(operation.due);
    } else if (operation.op === 'acknowledge') assertWhole(operation.position);
    else if (operation.op === 'place-cursor') {
      assertTexts(operation.subscription);
      if (operation.position !== 'end') assertWhole(operation.position);
    }
  }
}

function assertTexts(...texts: readonly string[]): void {
  for (const text of texts) {
    if (typeof text !== 'string' || !text.isWellFormed())
      throw new RangeError('Something to be stored is no text, or has half of a surrogate pair.');
  }
}

function assertWhole(number: number): void {
  if (!Number.isSafeInteger(number)) throw new RangeError('A position or a time to be stored is no whole number.');
}
