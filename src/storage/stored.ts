/** What the store gives back, and the questions that it is asked. */

export interface LogEntry {
  /** From 1, without gaps. */
  readonly position: number;
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly body: string;
}

export interface LogQuery {
  /** Entries above this position; 0 for all. */
  readonly after: number;
  /** Entries up to and including this position. */
  readonly through?: number | undefined;
  /** At most 1,000, which is the default. */
  readonly limit?: number | undefined;
  /** Entries whose name begins like this. */
  readonly namePrefix?: string | undefined;
  /** Entries of this moment or later, in milliseconds since 1970. */
  readonly fromTime?: number | undefined;
  /** Entries before this moment. */
  readonly beforeTime?: number | undefined;
}

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** Entries of the page that are not as they were written. They match any filter, because their content is unknown. */
  readonly damaged: readonly Damage[];
  /** The `after` of the next page; `undefined` after the last. A page may be empty, or shorter than its limit, and yet have a next one. */
  readonly next: number | undefined;
}

export interface LogStatus {
  /** The oldest position that is there; one more than `last` when the log is empty. */
  readonly first: number;
  /** The newest position ever given. */
  readonly last: number;
  /** The bytes that the whole store occupies, without what has been freed. */
  readonly bytes: number;
}

export interface StoredCursor {
  /** Everything up to here has been dealt with. */
  readonly position: number;
  /** What has been dealt with above it: first and last position of each range, ascending. */
  readonly above: readonly (readonly [first: number, last: number])[];
}

export interface StoredRecord {
  readonly scope: string;
  readonly key: string;
  /** From 1, one more with each `put`. */
  readonly version: number;
  readonly value: string;
  readonly due: number | undefined;
}

export interface ScanQuery {
  readonly table: string;
  readonly scope: string;
  readonly keyPrefix?: string | undefined;
  /** Records above this key. */
  readonly after?: string | undefined;
  /** At most 1,000, which is the default. */
  readonly limit?: number | undefined;
}

export interface DueQuery {
  readonly table: string;
  /** All scopes, when it is left out. */
  readonly scope?: string | undefined;
  /** Records due before this moment, in milliseconds since 1970. */
  readonly before: number;
  readonly limit?: number | undefined;
}

export interface RecordPage {
  readonly records: readonly StoredRecord[];
  readonly damaged: readonly Damage[];
  /** The `after` of the next page of a `scan`; `undefined` after the last, and always for `scanDue`. */
  readonly next: string | undefined;
}

export interface ScopeTotals {
  readonly scope: string;
  readonly count: number;
  /** Size of the values as they are stored. */
  readonly bytes: number;
}

export interface ResealStep {
  /** The `from` of the next step. */
  readonly next: string;
  /** Entries and records that remain to be looked at, about. */
  readonly left: number;
  /** Those of this step that are damaged: they cannot be opened, and stay as they are. */
  readonly damaged: number;
}

/** A place in the store that does not hold what was written there. */
export type Damage = DamagedEntry | DamagedRecord | DamagedCursor;

export interface DamagedEntry {
  readonly kind: 'entry';
  readonly position: number;
  readonly reason: string;
}

export interface DamagedRecord {
  readonly kind: 'record';
  readonly table: string;
  readonly scope: string;
  readonly key: string;
  readonly reason: string;
}

export interface DamagedCursor {
  readonly kind: 'cursor';
  readonly subscription: string;
  readonly reason: string;
}

const PAGE_LIMIT = 1_000;

/** How many positions one page of the log looks at: a filter that matches nothing must not hold the event loop up. */
export const LOG_WINDOW = 2_000;

/** The place in words, the same for the same place: for messages, and to tell whether it is known already. */
export function placeOf(damage: Damage): string {
  switch (damage.kind) {
    case 'entry':
      return `entry ${damage.position}`;
    case 'record':
      return `record ${damage.table}: ${damage.scope} ${damage.key}`;
    case 'cursor':
      return `cursor ${damage.subscription}`;
  }
}

export function pageLimit(limit: number | undefined): number {
  return Math.max(1, Math.min(limit ?? PAGE_LIMIT, PAGE_LIMIT));
}
