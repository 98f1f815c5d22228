/** Units that are written in slices of the event loop, on every adapter of the store port: what others see, and what comes of others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextTurn } from '../../src/common/index.js';
import {
  MemoryStore,
  NoStoreObserver,
  SqliteStore,
  type CommittedGroup,
  type Store,
  type StoreUpkeep,
  type StoreOperation,
} from '../../src/storage/index.js';

/** Several slices. */
const MANY = 3_000;

class Groups extends NoStoreObserver {
  readonly list: CommittedGroup[] = [];
  override committed(group: CommittedGroup): void {
    this.list.push(group);
  }
}

const key = (index: number): string => `k${String(index).padStart(6, '0')}`;
const put = (
  name: string,
  value: string,
  more: Partial<StoreOperation & { op: 'put' }> = {},
): StoreOperation & { op: 'put' } => ({ op: 'put', table: 'documents', scope: 'shop', key: name, value, ...more });
const append = (id: string): StoreOperation => ({ op: 'append', id, name: 'order.created', time: 1_000, body: '{}' });
const puts = (count: number, value = 'x', more: Partial<StoreOperation & { op: 'put' }> = {}): StoreOperation[] =>
  Array.from({ length: count }, (_, index) => put(key(index), value, more));

describe.each(['memory', 'sqlite'])('a large unit in the store of %s', (driver) => {
  let directory: string;
  let store: Store & StoreUpkeep;
  let groups: Groups;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-large-'));
    groups = new Groups();
    const path = join(directory, 'store.db');
    store =
      driver === 'memory' ? new MemoryStore({ observer: groups }) : await SqliteStore.open({ path, observer: groups });
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  /** Hands a large unit in, and returns when a part of it has been carried out. */
  async function begun(unit: readonly StoreOperation[]): Promise<{ done: Promise<unknown> }> {
    const before = groups.list.length;
    const done = store.commit(unit);
    done.catch(() => undefined);
    await nextTurn();
    expect(groups.list.length).toBe(before);
    return { done };
  }

  it('gives other work many turns before it is committed, by the number of its operations', async () => {
    const { done } = await begun(puts(MANY));
    let turns = 0;
    const count = (): void => {
      turns++;
      if (groups.list.length === 0) setImmediate(count);
    };
    setImmediate(count);

    expect(await done).toMatchObject({ versions: Array.from({ length: MANY }, () => 1) });
    expect(turns).toBeGreaterThanOrEqual(MANY / 1_000);
    expect(groups.list).toMatchObject([{ units: 1, operations: MANY, bytes: MANY }]);
  });

  it('gives other work many turns before it is committed, by the bytes of a few operations', async () => {
    const { done } = await begun(puts(16, 'x'.repeat(1_000_000)));
    let turns = 0;
    const count = (): void => {
      turns++;
      if (groups.list.length === 0) setImmediate(count);
    };
    setImmediate(count);
    await done;

    expect(turns).toBeGreaterThanOrEqual(6);
    expect((await store.totals('documents'))[0]).toMatchObject({ count: 16, bytes: 16_000_000 });
  });

  const READS: readonly (readonly [string, (asked: Store & StoreUpkeep) => Promise<unknown>])[] = [
    ['readLog', (asked) => asked.readLog({ after: 0 })],
    ['findEntry', (asked) => asked.findEntry('first')],
    ['logStatus', (asked) => asked.logStatus().then(({ first, last }) => [first, last])],
    ['cursors', (asked) => asked.cursors()],
    ['get', (asked) => asked.get('documents', 'shop', key(0))],
    ['scan', (asked) => asked.scan({ table: 'documents', scope: 'shop' })],
    ['scanDue', (asked) => asked.scanDue({ table: 'documents', before: 100 })],
    ['totals', (asked) => asked.totals('documents')],
  ];
  const visible = (): StoreOperation[] => [
    append('first'),
    { op: 'place-cursor', subscription: 's', position: 1 },
    ...puts(MANY, 'new', { due: 1 }),
    append('last'),
  ];

  it.each(READS)('is seen as a whole by %s that is asked between two slices', async (_name, read) => {
    const { done } = await begun(visible());
    const between = read(store);
    await done;

    expect(await between).toEqual(await read(store));
  });

  it.each(READS)(
    'is not seen at all by %s that is asked between two slices when it is refused',
    async (_name, read) => {
      await store.commit([append('taken'), put('old', 'old')]);
      const before = await read(store);
      const { done } = await begun([...visible(), append('taken')]);
      const between = read(store);
      await expect(done).rejects.toMatchObject({ code: 'STORE_CONFLICT', subject: 'taken' });

      expect(await between).toEqual(before);
      expect(await read(store)).toEqual(before);
    },
  );

  it.each<[string, StoreOperation[], string]>([
    ['an id that is taken', [append('taken')], 'STORE_CONFLICT'],
    ['a version that is another one', [put('counter', '2', { expectedVersion: 7 })], 'STORE_CONFLICT'],
    ['a limit', [{ op: 'limit', table: 'documents', scope: 'shop', maxBytes: 10 }], 'STORE_QUOTA_EXCEEDED'],
  ])('is undone as a whole by %s in its last slice, and its neighbours are carried out', async (_what, end, code) => {
    await store.commit([append('taken'), put('counter', '1'), { op: 'place-cursor', subscription: 's', position: 0 }]);
    const start: StoreOperation[] = [
      append('mine'),
      { op: 'acknowledge', subscription: 's', position: 1 },
      { op: 'delete', table: 'documents', scope: 'shop', key: 'counter' },
    ];
    const outcomes = await Promise.allSettled([
      store.commit([append('before')]),
      store.commit([...start, put('counter', '1'), ...puts(MANY), ...end]),
      store.commit([append('after'), put('counter', '2', { expectedVersion: 1 })]),
    ]);

    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: { code } }, { value: { positions: [3] } }]);
    expect((await store.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(['taken', 'before', 'after']);
    expect((await store.scan({ table: 'documents', scope: 'shop' })).records.map(({ value }) => value)).toEqual(['2']);
    expect((await store.cursors()).get('s')).toEqual({ position: 0, above: [] });
    expect(await store.totals('documents')).toEqual([{ scope: 'shop', count: 1, bytes: 1 }]);
  });

  it('is carried out in its place among small ones and other large ones, also where these trim and prune', async () => {
    const told: string[] = [];
    const commit = async (name: string, unit: readonly StoreOperation[]): Promise<void> => {
      await store.commit(unit);
      told.push(name);
    };
    await store.commit([append('old'), put('expired', '', { due: 1 })]);
    await Promise.all([
      commit('small 1', [append('a'), put(key(0), 'small', { expectedVersion: 0 })]),
      commit('large 1', [append('b'), ...puts(MANY, 'large 1')]),
      commit('small 2', [append('c'), put(key(0), 'small', { expectedVersion: 2 })]),
      commit('small 3', [
        { op: 'trim', through: 1 },
        { op: 'prune', table: 'documents', dueBefore: 2 },
      ]),
      commit('large 2', [...puts(MANY, 'large 2'), append('d')]),
      commit('small 4', [put(key(0), 'small', { expectedVersion: 4 })]),
    ]);

    expect(told).toEqual(['small 1', 'large 1', 'small 2', 'small 3', 'large 2', 'small 4']);
    expect(groups.list.map(({ units }) => units)).toEqual([1, 1, 1, 2, 1, 1]);
    expect((await store.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(await store.get('documents', 'shop', key(0))).toMatchObject({ value: 'small', version: 5 });
    expect(await store.get('documents', 'shop', key(1))).toMatchObject({ value: 'large 2', version: 2 });
    expect(await store.get('documents', 'shop', 'expired')).toBeUndefined();
  });

  it('is finished by a close, with all that was handed in and asked before it', async () => {
    const { done } = await begun([append('a'), ...puts(MANY)]);
    const second = store.commit([append('b'), ...puts(MANY)]);
    const small = store.commit([append('c')]);
    const asked = READS.map(([, read]) => read(store));
    const closed = store.close();
    const late = [store.commit([append('d')]), ...READS.map(([, read]) => read(store)), store.verify()];

    expect((await Promise.allSettled(late)).map((outcome) => 'reason' in outcome && outcome.reason.code)).toEqual(
      late.map(() => 'STORE_CLOSED'),
    );
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(asked.map(() => 'fulfilled'));
    expect(await Promise.all([done, second, small])).toMatchObject([
      { positions: [1] },
      { positions: [2] },
      { positions: [3], versions: [] },
    ]);
    await closed;
    if (driver === 'memory') return;
    const again = await SqliteStore.open({ path: join(directory, 'store.db') });
    expect((await again.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect((await again.totals('documents'))[0]?.count).toBe(MANY);
    await again.close();
  });

  it('does not disturb a look through the whole store, whether it is carried out or refused', async () => {
    await store.commit([append('taken'), ...puts(1_000, 'old')]);
    let next = await store.verify();
    for (const end of [append('new'), append('taken')]) {
      const { done } = await begun([...puts(MANY), end]);
      if (next !== undefined) next = await store.verify(next);
      await done.catch(() => undefined);
    }
    while (next !== undefined) next = await store.verify(next);

    expect(await store.parked()).toEqual([]);
  });
});
