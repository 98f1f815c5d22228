/** Units of work on both adapters of the store: all or nothing, and what the code inside sees. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activeUnit, runOutsideUnits, unitOfWork, UnitOfWork } from '../../../../src/events/index.js';
import { MemoryStore, SqliteStore, type Store, type StoreOperation } from '../../../../src/storage/index.js';
import { withReads } from '../../../support/delayed-store.js';

const put = (key: string, value: string, expectedVersion?: number): StoreOperation => ({
  op: 'put',
  table: 'things',
  scope: 'shop',
  key,
  value,
  expectedVersion,
});
const remove = (key: string): StoreOperation => ({ op: 'delete', table: 'things', scope: 'shop', key });

describe.each(['memory', 'sqlite'])('a unit of work on the store of %s', (driver) => {
  let directory: string;
  let store: Store;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-unit-'));
    store = withReads(
      driver === 'memory' ? new MemoryStore() : await SqliteStore.open({ path: join(directory, 'store.db') }),
    );
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const stage = (...operations: StoreOperation[]): void => {
    for (const operation of operations) activeUnit()?.bind(store).stage(operation);
  };
  const values = async (): Promise<string[]> =>
    (await store.scan({ table: 'things', scope: 'shop' })).records.map(
      ({ key, value, version }) => `${key}=${value} v${version}`,
    );

  it('commits everything once its function has succeeded, and nothing before', async () => {
    await unitOfWork(async () => {
      stage(put('a', '1'));
      await Promise.resolve();
      stage(put('b', '2'));
      expect(await values()).toEqual([]);
    });
    expect(await values()).toEqual(['a=1 v1', 'b=2 v1']);
  });

  const failingPart = (key: string) => (): Promise<never> =>
    unitOfWork(async () => {
      stage(put(key, 'half'));
      await Promise.resolve();
      throw new Error(`no ${key}`);
    });
  const caught = (action: () => Promise<unknown>): Promise<unknown> => action().catch(() => undefined);

  it.each<[string, () => Promise<unknown>]>([
    ['throws', () => caught(failingPart('a'))],
    ['throws three levels deep', () => unitOfWork(() => unitOfWork(() => caught(failingPart('a'))))],
    ['throws, and so does the one around it', () => caught(() => unitOfWork(() => unitOfWork(failingPart('a'))))],
    [
      'throws beside another that succeeds',
      () => Promise.all([caught(failingPart('a')), unitOfWork(async () => stage(put('b', '2')))]),
    ],
    ['throws beside another that throws', () => Promise.allSettled([failingPart('a')(), failingPart('b')()])],
    [
      'throws after an inner one of it has succeeded',
      () =>
        caught(() =>
          unitOfWork(async () => {
            await unitOfWork(async () => stage(put('a', 'half')));
            throw new Error('no a');
          }),
        ),
    ],
  ])('stores nothing when an inner unit %s, although its error is caught', async (_title, inner) => {
    const hooks: string[] = [];
    const outer = unitOfWork(async () => {
      stage(put('outer', '1'));
      activeUnit()?.onCommitted(() => hooks.push('committed'));
      activeUnit()?.onEnded(() => hooks.push('ended'));
      await inner();
    });

    await expect(outer).rejects.toMatchObject({
      code: 'UNIT_FAILED',
      cause: { message: expect.stringMatching(/^no [ab]$/) },
    });
    expect([await values(), hooks]).toEqual([[], ['ended']]);
  });

  it('takes nothing more after an inner unit has failed', async () => {
    const late: unknown[] = [];
    const outer = unitOfWork(async () => {
      await caught(failingPart('a'));
      try {
        stage(put('b', '2'));
      } catch (error) {
        late.push(error);
      }
    });

    await expect(outer).rejects.toMatchObject({ code: 'UNIT_FAILED' });
    expect(late).toMatchObject([{ code: 'UNIT_FAILED' }]);
  });

  it('goes on when an inner unit has thrown before it changed anything, and refuses what that one does later', async () => {
    const gate = Promise.withResolvers<void>();
    const late: Promise<unknown>[] = [];
    await unitOfWork(async () => {
      stage(put('a', '1'));
      await caught(() =>
        unitOfWork(async () => {
          const behind = gate.promise.then(() => stage(put('late', 'half')));
          late.push(behind.catch((error: unknown) => error));
          throw new Error('no');
        }),
      );
      gate.resolve();
      await Promise.all(late);
      stage(put('b', '2'));
    });

    expect(await values()).toEqual(['a=1 v1', 'b=2 v1']);
    expect(await Promise.all(late)).toMatchObject([{ code: 'UNIT_ENDED' }]);
  });

  it('is not touched by a unit of its own that fails outside of it', async () => {
    await unitOfWork(async () => {
      stage(put('a', '1'));
      await caught(() => runOutsideUnits(failingPart('b')));
    });

    expect(await values()).toEqual(['a=1 v1']);
  });

  it('does nothing when its function throws, and passes the error on', async () => {
    const hooks: string[] = [];
    const failing = unitOfWork(async () => {
      stage(put('a', '1'));
      activeUnit()?.onCommitted(() => hooks.push('committed'));
      activeUnit()?.onEnded(() => hooks.push('ended'));
      await Promise.resolve();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await values()).toEqual([]);
    expect(hooks).toEqual(['ended']);
  });

  it('does nothing when the store refuses one of its operations', async () => {
    await store.commit([put('b', 'old')]);
    const refused = unitOfWork(async () => stage(put('a', '1'), put('b', 'new', 7)));
    await expect(refused).rejects.toMatchObject({ code: 'STORE_CONFLICT' });
    expect(await values()).toEqual(['b=old v1']);
  });

  it('joins the unit around it, so that the outer one decides', async () => {
    const outer = unitOfWork(async () => {
      await unitOfWork(async () => stage(put('inner', '1')));
      throw new Error('outer');
    });
    await expect(outer).rejects.toThrow('outer');
    expect(await values()).toEqual([]);
  });

  it('shows staged values, with the versions that they will have', async () => {
    await store.commit([put('a', 'old'), put('b', 'old'), put('c', 'old')]);
    const unit = new UnitOfWork(store);
    unit.stage(put('a', 'new', 1));
    unit.stage(put('a', 'newer', 2));
    unit.stage(remove('b'));
    unit.stage(remove('c'));
    unit.stage(put('c', 'again'));
    unit.stage(put('d', 'first', 0));
    const seen = await Promise.all(['a', 'b', 'c', 'd'].map((key) => unit.get('things', 'shop', key)));
    const page = await unit.scan({ table: 'things', scope: 'shop' });
    await unit.commit();
    const committed = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get('things', 'shop', key)));
    expect(seen).toEqual(committed);
    expect(page.records).toEqual(committed.filter((record) => record !== undefined));
  });

  it('shows each record once where pages end between staged ones, in the order of code points', async () => {
    await store.commit(['b', 'd', '\u{1f600}'].map((key) => put(key, 'old')));
    const unit = new UnitOfWork(store);
    for (const key of ['a', 'c', 'd', '\uffee', '\u{1f601}']) unit.stage(put(key, 'staged'));
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await unit.scan({ table: 'things', scope: 'shop', limit: 1, after });
      seen.push(...page.records.map(({ key }) => key));
      after = page.next;
    } while (after !== undefined);
    await unit.commit();
    expect(seen).toEqual((await store.scan({ table: 'things', scope: 'shop' })).records.map(({ key }) => key));
    expect(seen).toHaveLength(7);
  });

  it('counts a limit after everything that is staged', async () => {
    const limit: StoreOperation = {
      op: 'limit',
      table: 'things',
      scope: 'shop',
      maxBytes: driver === 'memory' ? 10 : 100,
    };
    await unitOfWork(async () => stage(put('a', 'x'.repeat(200)), limit, put('a', 'x'), limit));
    const tooMuch = unitOfWork(async () => stage(limit, put('b', 'x'.repeat(200)), limit));
    await expect(tooMuch).rejects.toMatchObject({ code: 'STORE_QUOTA_EXCEEDED' });
    expect(await values()).toEqual(['a=x v2']);
  });

  it('refuses what comes after its end, with a code', async () => {
    const gate = Promise.withResolvers<void>();
    const late: Promise<void>[] = [];
    await unitOfWork(async () => {
      late.push(gate.promise.then(() => stage(put('late', '1'))));
      late.push(gate.promise.then(() => unitOfWork(async () => stage(put('later', '1')))));
    });
    gate.resolve();
    const results = await Promise.allSettled(late);
    expect(results).toMatchObject([{ reason: { code: 'UNIT_ENDED' } }, { reason: { code: 'UNIT_ENDED' } }]);
    expect(await values()).toEqual([]);
  });

  it('refuses a second store', () => {
    const unit = new UnitOfWork(store);
    expect(() => unit.bind(new MemoryStore())).toThrow(expect.objectContaining({ code: 'UNIT_STORE_MISMATCH' }));
    expect(() => new UnitOfWork().stage(put('a', '1'))).toThrow(
      expect.objectContaining({ code: 'UNIT_STORE_MISMATCH' }),
    );
  });

  it('calls what waits for the commit after it, in order, outside of the unit', async () => {
    const order: string[] = [];
    await unitOfWork(async () => {
      activeUnit()?.onEnded(() => order.push('ended'));
      for (const name of ['first', 'second'])
        activeUnit()?.onCommitted(() => order.push(`${name}: ${activeUnit() ? 'inside' : 'outside'}`));
      stage(put('a', '1'));
    });
    expect(order).toEqual(['first: outside', 'second: outside', 'ended']);
  });

  it('is left by code that runs outside of units', async () => {
    await unitOfWork(async () => {
      const inside = activeUnit();
      await runOutsideUnits(async () => expect(activeUnit()).toBeUndefined());
      expect(activeUnit()).toBe(inside);
    });
    expect(activeUnit()).toBeUndefined();
  });
});
