/** Reads the columns of rows that may be damaged: each may have any type. Statements give whole numbers as bigint, since a damaged one may be huge. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type Row = Readonly<Record<string, unknown>>;

export function prepareRead(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

/** NaN for anything that is no whole number. */
export function wholeNumber(value: unknown): number {
  return typeof value === 'bigint' ? Number(value) : Number.NaN;
}

/** Empty for anything that is no text. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** What a codec may have written. */
export function checksumOf(row: Row): number {
  return wholeNumber(row['checksum']);
}

/** What became of some rows. */
export interface ResealedRows<P> {
  readonly seen: number;
  /** Those that cannot be opened, and stay as they are. */
  readonly damaged: number;
  /** The position to continue at; `undefined` at the end. */
  readonly next: P | undefined;
}

/** A step over rows stops behind this many bytes, so that large ones do not hold the event loop up. */
const STEP_BYTES = 1_048_576;

/** The first rows, up to so many and up to a size, but one at least; and whether there may be more. */
export function firstRows(
  rows: Iterable<Row>,
  limit: number,
): { readonly rows: readonly Row[]; readonly isCutOff: boolean } {
  const first: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    first.push(row);
    bytes += sizeOf(row['body']);
    if (first.length >= limit || bytes >= STEP_BYTES) return { rows: first, isCutOff: true };
  }
  return { rows: first, isCutOff: false };
}

/** How many bytes a body takes, at least: a character is counted as one. */
function sizeOf(body: unknown): number {
  return typeof body === 'string' || body instanceof Uint8Array ? body.length : 0;
}
