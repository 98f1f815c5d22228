/** Finds what the order of keys looked like when the server ended, in the records of a subscription. */
import type { RecordPage, Store } from '../../storage/index.js';
import { DELIVERIES, rowOf } from './delivery-row.js';

export interface KeyedRow {
  readonly id: string;
  readonly position: number;
  /** It waits for nothing but those before it. */
  readonly isParked: boolean;
}

/** By key, in the order of publication. */
export async function keyedRows(store: Store, subscription: string): Promise<ReadonlyMap<string, readonly KeyedRow[]>> {
  const byKey = new Map<string, KeyedRow[]>();
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: RecordPage = await store.scan({ table: DELIVERIES, scope: subscription, after });
    for (const record of page.records) {
      const { key, position } = rowOf(record);
      if (key === undefined) continue;
      const rows = byKey.get(key);
      const row = { id: record.key, position, isParked: record.due === undefined };
      if (rows) rows.push(row);
      else byKey.set(key, [row]);
    }
    after = page.next;
  }
  for (const rows of byKey.values()) rows.sort((a, b) => a.position - b.position);
  return byKey;
}
