/** Reads of the store in pages. Other work gets its turn of the event loop between two pages. */
import { nextTurn } from '../../../common/index.js';
import type { LogPage, LogQuery, RecordPage, ScanQuery, Store } from '../../../storage/index.js';

export async function* recordPages(store: Pick<Store, 'scan'>, query: ScanQuery): AsyncGenerator<RecordPage> {
  for (let after: string | undefined = query.after ?? ''; after !== undefined;) {
    const page: RecordPage = await store.scan({ ...query, after });
    yield page;
    after = page.next;
    if (after !== undefined) await nextTurn();
  }
}

export async function* logPages(store: Pick<Store, 'readLog'>, query: LogQuery): AsyncGenerator<LogPage> {
  for (let after: number | undefined = query.after; after !== undefined;) {
    const page: LogPage = await store.readLog({ ...query, after });
    yield page;
    after = page.next;
    if (after !== undefined) await nextTurn();
  }
}

/** How many records of a table each scope has. */
export async function countsByScope(store: Pick<Store, 'totals'>, table: string): Promise<ReadonlyMap<string, number>> {
  return new Map((await store.totals(table)).map(({ scope, count }) => [scope, count]));
}
