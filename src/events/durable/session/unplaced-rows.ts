/**
 * Gives records a place in the order of keys that they lack: their subscription had no key when its events failed, or overtook others. Delayed and
 * replayed events get their place when they are due.
 */
import type { Store, StoreOperation } from '../../../storage/index.js';
import { isUrgent } from '../clock/due-clock.js';
import { DELIVERIES, putRow, rowOf, type DeliveryRow } from '../records/delivery-row.js';
import { LANES, putPlace, turnAt } from '../records/lane-index.js';
import { countsByScope, recordPages } from '../records/pages.js';
import type { SessionContext } from './session-context.js';

const PAGE = 200;

/** To be called before anything of the subscription is read or delivered. */
export async function placeRows({ name, opener, shared: { store } }: SessionContext): Promise<void> {
  if ((await countOf(store, DELIVERIES, name)) <= (await countOf(store, LANES, name))) return;
  for await (const { records } of recordPages(store, { table: DELIVERIES, scope: name, limit: PAGE })) {
    const operations: StoreOperation[] = [];
    for (const record of records) {
      const row = rowOf(record);
      const { due } = record;
      if (due === undefined || row.key !== undefined || !wasTakenOutOfTheLog(row, due)) continue;
      const key = opener.keyOfRow(row);
      if (key === undefined) continue;
      // What has been trimmed is older than all that the log has.
      const turn = turnAt((await store.findEntry(row.event.id))?.position ?? 0);
      operations.push(putRow(name, { ...row, key, turn, notBefore: due }, undefined));
      operations.push(putPlace(name, { key, turn, id: row.event.id, isFirst: false }));
    }
    if (operations.length > 0) await store.commit(operations);
  }
}

function wasTakenOutOfTheLog({ attempts, starts, errors }: DeliveryRow, due: number): boolean {
  return attempts > 0 || starts > 0 || errors.length > 0 || isUrgent(due);
}

async function countOf(store: Store, table: string, scope: string): Promise<number> {
  return (await countsByScope(store, table)).get(scope) ?? 0;
}
