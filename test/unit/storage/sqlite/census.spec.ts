import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteStore, type StoreOperation } from '../../../../src/storage/index.js';

const RECORDS = 1_000;

describe('the count of records', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-census-'));
    path = join(directory, 'store.db');
    const store = await SqliteStore.open({ path });
    await store.commit(
      Array.from({ length: RECORDS }, (_, index) => put(`k${index}`, index % 3 === 0 ? index : undefined)),
    );
    await store.close();
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const put = (key: string, due?: number): StoreOperation => ({
    op: 'put',
    table: 't',
    scope: 's',
    key,
    value: 'v',
    due,
  });
  const remove = (key: string): StoreOperation => ({ op: 'delete', table: 't', scope: 's', key });

  /** Goes through everything, and does something between the steps. */
  async function verified(
    store: SqliteStore,
    between: (step: number) => Promise<unknown> = async () => undefined,
  ): Promise<number> {
    let steps = 0;
    for (let next = await store.verify(); next !== undefined; next = await store.verify(next)) await between(steps++);
    return steps;
  }

  it('misses a record that has vanished, wherever it was', async () => {
    for (const key of ['k0', 'k500', 'k999']) {
      {
        using db = new DatabaseSync(path);
        db.prepare('DELETE FROM records WHERE key = ?').run(key);
      }
    }
    const store = await SqliteStore.open({ path });
    await verified(store);

    expect(await store.parked()).toMatchObject([{ key: '*', reason: `3 of ${RECORDS} records are not there` }]);
    await store.close();
  });

  it('is right while records come and go on both sides of where it has got to, and where a unit is refused', async () => {
    const store = await SqliteStore.open({ path });
    const steps = await verified(store, async (step) => {
      await store.commit([
        put(`a${step}`),
        put(`z${step}`),
        put(`é\u{1F600}${step}`),
        remove(`k${step}`),
        remove(`k${900 + step}`),
      ]);
      await store.commit([{ op: 'prune', table: 't', dueBefore: 100 * step }]);
      const refused = store.commit([
        put(`b${step}`),
        remove(`k${100 + step}`),
        { op: 'append', id: 'e', name: 'n', time: 1, body: '' },
      ]);
      if (step > 0) await expect(refused).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
      else await refused;
    });

    expect(steps).toBeGreaterThan(4);
    expect(await store.parked()).toEqual([]);
    await store.close();
  });

  it('misses one that has vanished, although others are removed meanwhile that were counted already', async () => {
    {
      using db = new DatabaseSync(path);
      db.exec("DELETE FROM records WHERE key = 'k42'");
    }
    const store = await SqliteStore.open({ path });
    await verified(store, (step) =>
      store.commit([{ op: 'prune', table: 't', dueBefore: 50 * step }, remove(`k${step}`)]),
    );

    expect(await store.parked()).toMatchObject([{ key: '*', reason: expect.stringMatching(/^1 of /) }]);
    await store.close();
  });

  it('misses one that has vanished, although others come meanwhile', async () => {
    {
      using db = new DatabaseSync(path);
      db.exec("DELETE FROM records WHERE key = 'k42'");
    }
    const store = await SqliteStore.open({ path });
    await verified(store, (step) => store.commit([put(`a${step}`), put(`z${step}`)]));

    expect(await store.parked()).toMatchObject([{ key: '*', reason: expect.stringMatching(/^1 of /) }]);
    await store.close();
  });
});
