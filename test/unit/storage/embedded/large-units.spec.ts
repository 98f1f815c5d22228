/** What ends a unit that is written in slices: a disk that fails or is full midway, and a failure that is noticed between two slices. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { nextTurn, SystemClock } from '../../../../src/common/index.js';
import { EmbeddedStore } from '../../../../src/storage/embedded/embedded-store.js';
import {
  AesRecordCodec,
  SqliteStore,
  StoreStatus,
  type Receipt,
  type StoreOperation,
} from '../../../../src/storage/index.js';
import { MemoryEngine } from '../../../../src/storage/memory/memory-engine.js';
import { StoreFailedError } from '../../../../src/storage/storage.errors.js';
import type { EngineOperation, WriteFailure } from '../../../../src/storage/embedded/embedded-engine.port.js';

const append = (id: string): StoreOperation => ({ op: 'append', id, name: 'n', time: 1, body: '{}' });
const puts = (count: number): StoreOperation[] =>
  Array.from({ length: count }, (_, index) => ({
    op: 'put',
    table: 't',
    scope: 's',
    key: `k${String(index).padStart(6, '0')}`,
    value: 'x',
  }));
const MANY = 3_000;

/** An engine on a disk that goes bad after a number of slices. */
class WearyDisk extends MemoryEngine {
  trouble: WriteFailure | undefined;
  slicesLeft = Number.POSITIVE_INFINITY;
  calls: string[] = [];

  override begin(): void {
    this.calls.push('begin');
    super.begin();
  }
  override apply(unit: readonly EngineOperation[]): Receipt {
    this.calls.push('apply');
    if (this.trouble && this.slicesLeft-- <= 0) throw new Error('the disk is bad');
    return super.apply(unit);
  }
  override commit(): void {
    this.calls.push('commit');
    if (this.trouble && this.slicesLeft <= 0) throw new Error('the disk is bad');
    super.commit();
  }
  override rollback(): void {
    this.calls.push('rollback');
    super.rollback();
  }
  override failureOf(): WriteFailure {
    return this.trouble ?? 'failed';
  }
}

/** With the door through which the watch over the files of a store reports what it has noticed. */
class WatchedStore extends EmbeddedStore {
  lose(cause: StoreFailedError): Promise<void> {
    return this.takeNothingMore(cause, Promise.resolve());
  }
}

describe('a large unit', () => {
  let disk: WearyDisk;
  let status: StoreStatus;
  let store: WatchedStore;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));
  beforeEach(async () => {
    disk = new WearyDisk();
    status = new StoreStatus();
    store = new WatchedStore(disk, { clock: new SystemClock(), observer: status });
    await store.commit([append('before')]);
    disk.calls = [];
  });

  const ids = async (): Promise<string[]> => (await store.readLog({ after: 0 })).entries.map(({ id }) => id);
  const countOf = async (): Promise<number> => (await store.totals('t'))[0]?.count ?? 0;

  it.each([
    ['in the first slice', 0],
    ['in the middle', 3],
    ['at the commit', 6],
  ])('ends a store whose disk fails %s, and nothing that waits is tried', async (_when, slices) => {
    disk.trouble = 'failed';
    disk.slicesLeft = slices;
    const failures: unknown[] = [];
    status.onFailed((error) => failures.push(error));
    const units = [[append('a'), ...puts(MANY)], [append('b')], [append('c'), ...puts(MANY)]];
    const outcomes = await Promise.allSettled(units.map((unit) => store.commit(unit)));

    expect(outcomes.map((outcome) => 'reason' in outcome && outcome.reason.code)).toEqual(
      units.map(() => 'STORE_FAILED'),
    );
    expect(failures).toMatchObject([{ code: 'STORE_FAILED' }]);
    expect(status.state).toBe('failed');
    expect(disk.calls.filter((call) => call === 'begin' || call === 'rollback')).toEqual(['begin', 'rollback']);
    expect(await ids()).toEqual(['before']);
    expect(await countOf()).toBe(0);
  });

  it.each([
    ['in the first slice', 0],
    ['in the middle', 3],
    ['at the commit', 6],
  ])('is refused by a disk that is full %s, and what waits is tried by itself', async (_when, slices) => {
    disk.trouble = 'full';
    disk.slicesLeft = slices;
    const changes: boolean[] = [];
    status.onFullness((isFull) => {
      changes.push(isFull);
      // There is room for what is small.
      if (isFull) disk.trouble = undefined;
    });
    const outcomes = await Promise.allSettled([
      store.commit([append('large'), ...puts(MANY)]),
      store.commit([append('small')]),
    ]);

    expect(outcomes).toMatchObject([{ reason: { code: 'STORE_FULL' } }, { value: { positions: [2] } }]);
    expect(changes).toEqual([true, false]);
    expect(await ids()).toEqual(['before', 'small']);
    expect(await countOf()).toBe(0);
  });

  it('is undone before its next slice when the store fails between two of them, with what waits behind it', async () => {
    const failures: unknown[] = [];
    status.onFailed((error) => failures.push(error));
    const large = store.commit([append('large'), ...puts(MANY)]);
    const small = store.commit([append('small')]);
    const outcomes = Promise.allSettled([large, small]);
    await nextTurn();
    const slices = disk.calls.filter((call) => call === 'apply').length;
    const asked = store.totals('t');
    const error = new StoreFailedError(new Error('the file has gone'));
    const lost = store.lose(error);

    expect(await outcomes).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
    ]);
    expect(slices).toBe(1);
    expect(disk.calls).toEqual(['begin', 'apply', 'rollback']);
    expect(await asked).toEqual([]);
    await lost;
    expect(failures).toEqual([error]);
    await expect(store.commit([append('later')])).rejects.toBe(error);
  });

  it.each([
    ['one heavy operation less than the limit', puts(2_048), 1],
    ['one heavy operation more than the limit', puts(2_049), 5],
    [
      'acknowledgements, which write no row of their own',
      Array.from({ length: MANY }, (_, at) => ({ op: 'acknowledge', subscription: 's', position: at + 1 }) as const),
      1,
    ],
    [
      'one operation, which cannot be divided',
      [{ op: 'put', table: 't', scope: 's', key: 'k', value: 'x'.repeat(8_000_000) } as const],
      1,
    ],
  ])('is one by its weight: %s', async (_what, unit: readonly StoreOperation[], slices) => {
    await store.commit(unit);

    expect(disk.calls).toEqual(['begin', ...Array.from({ length: slices }, () => 'apply'), 'commit']);
  });
});

describe('a large unit in a store that is sealed again', () => {
  let directory: string;
  let store: SqliteStore;
  const sealed = (path: string, id: string, previous?: string): Promise<SqliteStore> => {
    const key = (name: string) => ({ id: name, key: createHash('sha256').update(name).digest() });
    const codec = new AesRecordCodec({ current: key(id), ...(previous && { previous: [key(previous)] }) });
    return SqliteStore.open({ path, codec });
  };

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panotti-large-'));
    const path = join(directory, 'store.db');
    const first = await sealed(path, 'k1');
    await first.commit(puts(1_000));
    await first.close();
    store = await sealed(path, 'k2', 'k1');
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  it('has each step of that wait for its end', async () => {
    let steps = 0;
    let step = await store.reseal();
    while (step) {
      const done = store.commit([append(`e${steps++}`), ...puts(MANY)]);
      await nextTurn();
      step = await store.reseal(step.next);
      expect(await done).toMatchObject({ positions: [steps] });
    }

    expect(steps).toBeGreaterThan(3);
    expect((await store.readLog({ after: 0 })).entries).toHaveLength(steps);
    expect((await store.totals('t'))[0]?.count).toBe(MANY);
    expect(await store.parked()).toEqual([]);
  });
});
