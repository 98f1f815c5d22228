/** One suite for every adapter of the store port: what is promised of one holds for each. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  MemoryStore,
  SqliteStore,
  type CommittedGroup,
  type LogQuery,
  type Store,
  type StoreOperation,
} from '../../src/storage/index.js';
import { NoStoreObserver } from '../../src/storage/index.js';

class Groups extends NoStoreObserver {
  readonly list: CommittedGroup[] = [];
  override committed(group: CommittedGroup): void {
    this.list.push(group);
  }
}

interface Adapter {
  open(observer: Groups): Promise<Store>;
  cleanUp(): void;
}

function sqlite(): Adapter {
  const directory = mkdtempSync(join(tmpdir(), 'panotti-store-'));
  return {
    open: (observer) => SqliteStore.open({ path: join(directory, 'store.db'), observer }),
    cleanUp: () => rmSync(directory, { recursive: true }),
  };
}

const memory = (): Adapter => ({
  open: async (observer) => new MemoryStore({ observer }),
  cleanUp: () => undefined,
});

const append = (id: string, more: Partial<StoreOperation & { op: 'append' }> = {}): StoreOperation => ({
  op: 'append',
  id,
  name: 'order.created',
  time: 1_000,
  body: `{"of":"${id}"}`,
  ...more,
});
const put = (key: string, value: string, more: Partial<StoreOperation & { op: 'put' }> = {}): StoreOperation => ({
  op: 'put',
  table: 'documents',
  scope: 'shop',
  key,
  value,
  ...more,
});

describe.each([
  ['in memory', memory],
  ['in a SQLite file', sqlite],
])('the store %s', (_where, makeAdapter) => {
  let adapter: Adapter;
  let store: Store;
  let groups: Groups;

  beforeEach(async () => {
    adapter = makeAdapter();
    groups = new Groups();
    store = await adapter.open(groups);
  });
  afterEach(async () => {
    await store.close();
    adapter.cleanUp();
  });

  const ids = async (query: LogQuery = { after: 0 }): Promise<string[]> =>
    (await store.readLog(query)).entries.map(({ id }) => id);

  describe('commits', () => {
    it('all units of a turn of the event loop in one transaction, in their order', async () => {
      const receipts = await Promise.all(['a', 'b', 'c'].map((id) => store.commit([append(id)])));

      expect(receipts.map(({ positions }) => positions)).toEqual([[1], [2], [3]]);
      expect(groups.list.map(({ units }) => units)).toEqual([3]);
      expect(await ids()).toEqual(['a', 'b', 'c']);
    });

    it('a unit as a whole or not at all, and its neighbours in the transaction whatever becomes of it', async () => {
      await store.commit([append('taken'), put('counter', '1')]);
      const outcomes = await Promise.allSettled([
        store.commit([append('before')]),
        store.commit([put('counter', '2'), put('other', 'x'), append('mine'), append('taken')]),
        store.commit([append('after')]),
      ]);

      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(outcomes[1]).toMatchObject({ reason: { code: 'STORE_CONFLICT', kind: 'id', subject: 'taken' } });
      expect(await ids()).toEqual(['taken', 'before', 'after']);
      expect((await store.readLog({ after: 0 })).entries.map(({ position }) => position)).toEqual([1, 2, 3]);
      expect(await store.get('documents', 'shop', 'counter')).toMatchObject({ value: '1', version: 1 });
      expect(await store.get('documents', 'shop', 'other')).toBeUndefined();
    });

    it('nothing of a refused unit to a cursor', async () => {
      await store.commit([{ op: 'place-cursor', subscription: 's', position: 0 }, append('a')]);
      const refused = store.commit([
        { op: 'acknowledge', subscription: 's', position: 1 },
        put('x', '1', { expectedVersion: 7 }),
      ]);
      await expect(refused).rejects.toMatchObject({ code: 'STORE_CONFLICT' });

      expect((await store.cursors()).get('s')).toEqual({ position: 0, above: [] });
    });

    it('what was handed in before it is closed, and nothing afterwards', async () => {
      const last = store.commit([append('last')]);
      await store.close();

      await expect(last).resolves.toEqual({ positions: [1], versions: [] });
      await expect(store.commit([append('late')])).rejects.toMatchObject({ code: 'STORE_CLOSED' });
      await expect(store.readLog({ after: 0 })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    });

    it('in several transactions what is too much for one, so that others get their turn', async () => {
      await Promise.all(Array.from({ length: 2_000 }, (_, index) => store.commit([append(`e${index}`)])));

      expect(groups.list.length).toBeGreaterThan(1);
      expect(groups.list.reduce((sum, { units }) => sum + units, 0)).toBe(2_000);
    });

    it.each([
      ['a time with a fraction', append('a', { time: 1.5 })],
      ['a due time that is none', put('a', '', { due: Number.NaN })],
      ['an unfinished body', append('a', { body: undefined as unknown as string })],
    ])('no %s, and goes on with the rest', async (_what, operation) => {
      const outcomes = await Promise.allSettled([store.commit([operation]), store.commit([append('other')])]);

      expect(outcomes).toMatchObject([{ reason: expect.any(RangeError) }, { status: 'fulfilled' }]);
    });

    it.each([
      ['a body', append('a', { body: '\ud800' })],
      ['an id', append('\udfff')],
      ['a key', put('\ud83d', '1')],
    ])('no half of a surrogate pair in %s, because another text would come back', async (_what, operation) => {
      await expect(store.commit([operation])).rejects.toThrow(RangeError);
      expect(await ids()).toEqual([]);
    });
  });

  describe('the log', () => {
    it('gives back what was appended', async () => {
      const entry = { id: 'é-1', name: 'a.b', time: 1_700_000_000_123, body: '{"text":"\u0000 ü 🦊"}' };
      await store.commit([append('x'), { op: 'append', ...entry }]);

      expect(await store.findEntry('é-1')).toEqual({ position: 2, ...entry });
      expect(await store.readLog({ after: 1 })).toEqual({
        entries: [{ position: 2, ...entry }],
        damaged: [],
        next: undefined,
      });
      expect(await store.findEntry('unknown')).toBeUndefined();
    });

    it('is read by position, name and time, page by page', async () => {
      const names = ['order.created', 'order.paid', 'user.created'];
      await store.commit(
        Array.from({ length: 30 }, (_, index) => append(`e${index}`, { name: names[index % 3] ?? '', time: index })),
      );

      const first = await store.readLog({ after: 0, namePrefix: 'order.', fromTime: 10, beforeTime: 25, limit: 4 });
      expect(first.entries.map(({ id }) => id)).toEqual(['e10', 'e12', 'e13', 'e15']);
      const second = await store.readLog({
        after: first.next ?? 0,
        namePrefix: 'order.',
        fromTime: 10,
        beforeTime: 25,
      });
      expect(second.entries.map(({ id }) => id)).toEqual(['e16', 'e18', 'e19', 'e21', 'e22', 'e24']);
      expect(second.next).toBeUndefined();
      expect(await ids({ after: 4, through: 6 })).toEqual(['e4', 'e5']);
    });

    it('looks at a bounded part for each page, and says where to go on', async () => {
      for (let at = 0; at < 5_000; at += 500)
        await store.commit(Array.from({ length: 500 }, (_, n) => append(`e${at + n}`)));

      const page = await store.readLog({ after: 0, namePrefix: 'nothing' });
      expect(page).toEqual({ entries: [], damaged: [], next: expect.any(Number) });
      expect(page.next).toBeLessThan(5_000);
    });

    it('forgets its oldest entries when it is trimmed, and never gives a position twice', async () => {
      await store.commit(['a', 'b', 'c'].map((id) => append(id)));
      await store.commit([{ op: 'trim', through: 2 }]);
      expect(await store.logStatus()).toMatchObject({ first: 3, last: 3 });
      await store.commit([{ op: 'trim', through: 99 }]);
      expect(await store.logStatus()).toMatchObject({ first: 4, last: 3 });

      expect(await ids()).toEqual([]);
      expect(await store.findEntry('a')).toBeUndefined();
      expect((await store.commit([append('a')])).positions).toEqual([4]);
    });

    it('says how many bytes the store occupies, give or take a page', async () => {
      const before = (await store.logStatus()).bytes;
      await store.commit([append('big', { body: 'x'.repeat(100_000) })]);

      expect((await store.logStatus()).bytes - before).toBeGreaterThan(90_000);
    });
  });

  describe('a cursor', () => {
    it('stands where it was placed: at a position or at the end', async () => {
      await store.commit([
        append('a'),
        { op: 'place-cursor', subscription: 'new', position: 'end' },
        append('b'),
        { op: 'place-cursor', subscription: 'all', position: 0 },
      ]);

      expect([...(await store.cursors())]).toEqual([
        ['new', { position: 1, above: [] }],
        ['all', { position: 0, above: [] }],
      ]);
    });

    it('is passed over an entry that reaches its subscription otherwise', async () => {
      await store.commit([{ op: 'place-cursor', subscription: 's', position: 'end' }]);
      await store.commit([append('a'), append('delayed', { passedBy: ['s', 'unknown'] })]);

      expect((await store.cursors()).get('s')).toEqual({ position: 0, above: [[2, 2]] });
    });

    it('is gone when it was dropped, and acknowledging it makes no new one', async () => {
      await store.commit([{ op: 'place-cursor', subscription: 's', position: 0 }]);
      await store.commit([{ op: 'drop-cursor', subscription: 's' }]);
      await store.commit([append('a'), { op: 'acknowledge', subscription: 's', position: 1 }]);

      expect((await store.cursors()).size).toBe(0);
    });

    it('knows exactly what was acknowledged, in whatever order', async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }), async (positions) => {
          const subscription = `s${run++}`;
          await store.commit([{ op: 'place-cursor', subscription, position: 0 }]);
          await Promise.all(positions.map((position) => store.commit([{ op: 'acknowledge', subscription, position }])));
          const cursor = (await store.cursors()).get(subscription);
          const done = new Set<number>();
          for (let position = 1; position <= (cursor?.position ?? 0); position++) done.add(position);
          for (const [first, last] of cursor?.above ?? [])
            for (let position = first; position <= last; position++) done.add(position);

          expect(done).toEqual(new Set(positions));
          expect(
            cursor?.above.every(([first], index, all) => first > (all[index - 1]?.[1] ?? cursor.position) + 1),
          ).toBe(true);
        }),
        { numRuns: 40 },
      );
    });
  });

  describe('a record', () => {
    it('has a version that counts its changes, and is replaced only from the expected one', async () => {
      expect((await store.commit([put('a', '1', { expectedVersion: 0 })])).versions).toEqual([1]);
      expect((await store.commit([put('a', '2', { expectedVersion: 1 }), put('b', '1')])).versions).toEqual([2, 1]);
      await expect(store.commit([put('a', '3', { expectedVersion: 1 })])).rejects.toMatchObject({
        code: 'STORE_CONFLICT',
        kind: 'version',
      });
      await expect(store.commit([put('a', '3', { expectedVersion: 0 })])).rejects.toMatchObject({
        code: 'STORE_CONFLICT',
      });
      await expect(
        store.commit([{ op: 'delete', table: 'documents', scope: 'shop', key: 'a', expectedVersion: 1 }]),
      ).rejects.toMatchObject({
        code: 'STORE_CONFLICT',
      });

      expect(await store.get('documents', 'shop', 'a')).toEqual({
        scope: 'shop',
        key: 'a',
        version: 2,
        value: '2',
        due: undefined,
      });
      await store.commit([{ op: 'delete', table: 'documents', scope: 'shop', key: 'a', expectedVersion: 2 }]);
      expect(await store.get('documents', 'shop', 'a')).toBeUndefined();
    });

    it('of one table, scope or key is not that of another', async () => {
      await store.commit([
        put('k', 'mine'),
        put('k', 'other scope', { scope: 'shop2' }),
        put('k', 'other table', { table: 't2' }),
      ]);

      expect((await store.get('documents', 'shop', 'k'))?.value).toBe('mine');
      expect((await store.get('documents', 'shop2', 'k'))?.value).toBe('other scope');
      expect((await store.get('t2', 'shop', 'k'))?.value).toBe('other table');
      expect(await store.get('t2', 'shop2', 'k')).toBeUndefined();
    });

    it('is found by the prefix of its key, in the order of code points, page by page', async () => {
      const keys = ['', 'a', 'a/1', 'a/2', 'a/\u0000', 'a/\uffff', 'a/🦊', 'ab', 'b'];
      await store.commit(keys.map((key) => put(key, key)));

      const page = await store.scan({ table: 'documents', scope: 'shop', keyPrefix: 'a/', limit: 3 });
      expect(page.records.map(({ value }) => value)).toEqual(['a/\u0000', 'a/1', 'a/2']);
      const rest = await store.scan({ table: 'documents', scope: 'shop', keyPrefix: 'a/', after: page.next });
      expect(rest.records.map(({ key }) => key)).toEqual(['a/\uffff', 'a/🦊']);
      expect(rest.next).toBeUndefined();
      expect((await store.scan({ table: 'documents', scope: 'shop' })).records).toHaveLength(keys.length);
      expect(
        (await store.scan({ table: 'documents', scope: 'shop', after: 'ab' })).records.map(({ key }) => key),
      ).toEqual(['b']);
    });

    it('that is due is found before those that are due later, in one scope or all', async () => {
      await store.commit([
        put('late', '', { due: 300, scope: 's1' }),
        put('soon', '', { due: 100, scope: 's2' }),
        put('between', '', { due: 200, scope: 's1' }),
        put('never', '', { scope: 's1' }),
      ]);

      const keys = async (query: { scope?: string; before: number }): Promise<string[]> =>
        (await store.scanDue({ table: 'documents', ...query })).records.map(({ key }) => key);
      expect(await keys({ before: 300 })).toEqual(['soon', 'between']);
      expect(await keys({ before: 301, scope: 's1' })).toEqual(['between', 'late']);
    });

    it('that has expired is pruned, and no other', async () => {
      await store.commit([
        put('old', '', { due: 100 }),
        put('new', '', { due: 200 }),
        put('kept', ''),
        put('old', '', { due: 1, table: 't' }),
      ]);
      await store.commit([{ op: 'prune', table: 'documents', dueBefore: 200 }]);

      expect((await store.scan({ table: 'documents', scope: 'shop' })).records.map(({ key }) => key)).toEqual([
        'kept',
        'new',
      ]);
      expect((await store.scan({ table: 't', scope: 'shop' })).records).toHaveLength(1);
    });

    it('counts for its scope', async () => {
      await store.commit([
        put('a', 'four', { scope: 's1' }),
        put('b', 'é', { scope: 's1' }),
        put('c', '1', { scope: 's0' }),
      ]);
      expect(await store.totals('documents')).toEqual([
        { scope: 's0', count: 1, bytes: 1 },
        { scope: 's1', count: 2, bytes: 6 },
      ]);
      await store.commit([put('a', '1', { scope: 's1' }), { op: 'delete', table: 'documents', scope: 's0', key: 'c' }]);
      await store.commit([put('z', '1'), put('a', 'long', { scope: 's1', expectedVersion: 9 })]).catch(() => undefined);

      expect(await store.totals('documents')).toEqual([{ scope: 's1', count: 2, bytes: 3 }]);
    });

    it('is refused with its unit when a limit on the bytes of a scope would be passed', async () => {
      const limit: StoreOperation = { op: 'limit', table: 'documents', scope: 'shop', maxBytes: 10 };
      await store.commit([
        put('a', '12345'),
        put('b', '12345', { scope: 'shop/notes' }),
        put('c', '1'.repeat(99), { scope: 'shop2' }),
        limit,
      ]);
      await expect(store.commit([put('d', '1'), limit])).rejects.toMatchObject({ code: 'STORE_QUOTA_EXCEEDED' });

      expect(await store.get('documents', 'shop', 'd')).toBeUndefined();
      await store.commit([put('a', '1'), put('d', '1234'), limit]);
      expect((await store.get('documents', 'shop', 'd'))?.value).toBe('1234');
    });

    it('can be anything that is a text', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary' }),
          fc.string({ unit: 'binary' }),
          fc.maxSafeInteger(),
          async (key, value, due) => {
            await store.commit([put(key, value, { due })]);
            expect(await store.get('documents', 'shop', key)).toMatchObject({ key, value, due });
          },
        ),
        { numRuns: 100 },
      );
    });
  });

  it('behaves as a simple model of itself does, whatever is asked of it', async () => {
    const keys = fc.constantFrom('a', 'b', 'c');
    const operation: fc.Arbitrary<StoreOperation> = fc.oneof(
      fc.nat(9).map((n) => append(`e${n}`)),
      fc
        .record({ key: keys, expectedVersion: fc.option(fc.nat(2), { nil: undefined }) })
        .map(({ key, ...rest }) => put(key, 'v', rest)),
      keys.map((key) => ({ op: 'delete' as const, table: 'documents', scope: 'shop', key })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 12 }), async (units) => {
        const own = makeAdapter();
        const tested = await own.open(new Groups());
        let model = { ids: [] as string[], versions: new Map<string, number>() };
        const expected = units.map((unit) => {
          const next = carriedOut(model, unit);
          if (next) model = next;
          return next ? 'fulfilled' : 'rejected';
        });
        const outcomes = await Promise.allSettled(units.map((unit) => tested.commit(unit)));
        const records = (await tested.scan({ table: 'documents', scope: 'shop' })).records;

        expect(outcomes.map(({ status }) => status)).toEqual(expected);
        expect((await tested.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(model.ids);
        expect(new Map(records.map(({ key, version }) => [key, version]))).toEqual(model.versions);
        await tested.close();
        own.cleanUp();
      }),
      { numRuns: 25 },
    );
  });
});

interface Model {
  readonly ids: string[];
  readonly versions: Map<string, number>;
}

/** What the store holds after the unit; `undefined` when the unit must be refused. */
function carriedOut(model: Model, unit: readonly StoreOperation[]): Model | undefined {
  const next = { ids: [...model.ids], versions: new Map(model.versions) };
  for (const operation of unit) {
    if (operation.op === 'append') {
      if (next.ids.includes(operation.id)) return undefined;
      next.ids.push(operation.id);
    } else if (operation.op === 'put') {
      const version = next.versions.get(operation.key) ?? 0;
      if (operation.expectedVersion !== undefined && operation.expectedVersion !== version) return undefined;
      next.versions.set(operation.key, version + 1);
    } else if (operation.op === 'delete') next.versions.delete(operation.key);
  }
  return next;
}
