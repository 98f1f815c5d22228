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
