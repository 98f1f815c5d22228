/**
 * Gives a place in the order of keys to records that have none: those of a subscription that had no key when its events failed, or overtook
 * others. Delayed and replayed events take their place when they are due.
 */
import type { Store, StoreOperation } from '../../../storage/index.js';
import { DELIVERIES, putRow, rowOf, type DeliveryRow } from '../records/delivery-row.js';
import { LANES, putPlace, turnAt } from '../records/lane-index.js';
import { isUrgent } from '../clock/due-clock.js';

const PAGE = 200;

/**
 * To be called before anything of the subscription is read or delivered.
 *
 * @param keyOf the key of a record; `undefined` where the handler's class does not understand it
 */
export async function placeRows(
  store: Store,
  subscription: string,
  keyOf: (row: DeliveryRow) => string | undefined,
): Promise<void> {
  if ((await countOf(store, DELIVERIES, subscription)) <= (await countOf(store, LANES, subscription))) return;
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Awaited<ReturnType<Store['scan']>> = await store.scan({
      table: DELIVERIES,
      scope: subscription,
      after,
      limit: PAGE,
    });
    const operations: StoreOperation[] = [];
    for (const record of page.records) {
      const row = rowOf(record);
      const { due } = record;
      if (due === undefined || row.key !== undefined || !wasTakenOutOfTheLog(row, due)) continue;
      const key = keyOf(row);
      if (key === undefined) continue;
      // What has been trimmed is older than all that the log has.
      const turn = turnAt((await store.findEntry(row.event.id))?.position ?? 0);
      operations.push(putRow(subscription, { ...row, key, turn, notBefore: due }, undefined));
      operations.push(putPlace(subscription, { key, turn, id: row.event.id, isFirst: false }));
    }
    if (operations.length > 0) await store.commit(operations);
    after = page.next;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function wasTakenOutOfTheLog({ attempts, starts, errors }: DeliveryRow, due: number): boolean {
  return attempts > 0 || starts > 0 || errors.length > 0 || isUrgent(due);
}

async function countOf(store: Store, table: string, scope: string): Promise<number> {
  return (await store.totals(table)).find((totals) => totals.scope === scope)?.count ?? 0;
}
