/** Keys of events that publishers do not want to be accepted twice. */
import { StoreConflictError, type Store, type StoreOperation } from '../../storage/index.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TABLE = 'deduplication';

export interface KeyQuestion {
  readonly publisher: string;
  readonly key: string;
  readonly nowMs: number;
}

export function rememberKey(
  publisher: string,
  key: string,
  eventId: string,
  expires: number,
  expectedVersion: number | undefined,
): StoreOperation {
  return { op: 'put', table: TABLE, scope: publisher, key, value: eventId, due: expires, expectedVersion };
}

export function forgetKeys(dueBefore: number): StoreOperation {
  return { op: 'prune', table: TABLE, dueBefore };
}

/** Whether the key is remembered already, by the store or by the unit itself. */
export async function isRemembered(unit: UnitOfWork, { publisher, key, nowMs }: KeyQuestion): Promise<boolean> {
  const record = await unit.get(TABLE, publisher, key);
  return record !== undefined && (record.due ?? 0) > nowMs;
}

/** Why a unit with a key was refused: `taken`, or the version of a record whose time is over and that nobody has removed yet. */
export async function refusalOf(store: Store, { publisher, key, nowMs }: KeyQuestion, error: unknown): Promise<'taken' | number> {
  if (!(error instanceof StoreConflictError)) throw error;
  const record = await store.get(TABLE, publisher, key);
  if (!record) return 0;
  return (record.due ?? 0) > nowMs ? 'taken' : record.version;
}
