import { EmbeddedStore } from '../../../../src/storage/embedded/embedded-store.js';
import { MemoryEngine } from '../../../../src/storage/memory/memory-engine.js';
import { StoreStatus, type CommittedGroup, type StoreOperation } from '../../../../src/storage/index.js';
import type { Receipt } from '../../../../src/storage/index.js';
import type { EngineOperation, WriteFailure } from '../../../../src/storage/embedded/embedded-engine.port.js';
import { SystemClock } from '../../../../src/common/index.js';
import { Logger } from '@nestjs/common';

const append = (id: string): StoreOperation[] => [{ op: 'append', id, name: 'n', time: 1, body: '{}' }];

/** An engine on a disk that fails when it is told to. */
class BadDisk extends MemoryEngine {
  trouble: WriteFailure | undefined;
  calls: string[] = [];

  override begin(): void {
    this.calls.push('begin');
    super.begin();
  }
  override apply(unit: readonly EngineOperation[]): Receipt {
    return super.apply(unit);
  }
  override commit(): void {
    this.calls.push('commit');
    if (this.trouble) throw new Error('the disk is bad');
    super.commit();
  }
  override failureOf(): WriteFailure {
    return this.trouble ?? 'failed';
  }
}

describe('a store on a bad disk', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error', 'fatal']));

  function onBadDisk(): { store: EmbeddedStore; disk: BadDisk; status: StoreStatus } {
    const disk = new BadDisk();
    const status = new StoreStatus();
    return { disk, status, store: new EmbeddedStore(disk, { clock: new SystemClock(), observer: status }) };
  }

  it('tells every unit of the group, takes nothing more, tries nothing again, and tells whoever must act, once', async () => {
    const { store, disk, status } = onBadDisk();
    const told: unknown[] = [];
    status.onFailed((error) => told.push(error));
    await store.commit(append('before'));
    disk.trouble = 'failed';
    const outcomes = await Promise.allSettled([store.commit(append('a')), store.commit(append('b'))]);
    const calls = disk.calls.length;
    disk.trouble = undefined;

    expect(outcomes).toMatchObject([{ reason: { code: 'STORE_FAILED' } }, { reason: { code: 'STORE_FAILED' } }]);
    await expect(store.commit(append('later'))).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(disk.calls.length).toBe(calls);
    expect(told).toMatchObject([{ code: 'STORE_FAILED' }]);
    expect(status.state).toBe('failed');
    status.onFailed((error) => told.push(error));
    expect(told).toHaveLength(2);
    expect((await store.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(['before']);
  });

  it('that is full refuses, can be read, and takes units again as soon as they fit', async () => {
    const { store, disk, status } = onBadDisk();
    await store.commit(append('before'));
    disk.trouble = 'full';
    await expect(store.commit(append('refused'))).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(status.isFull).toBe(true);
    expect((await store.readLog({ after: 0 })).entries).toHaveLength(1);
    disk.trouble = undefined;
    await store.commit(append('fits'));

    expect(status.isFull).toBe(false);
    expect((await store.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(['before', 'fits']);
  });

  it('lets other work have its turn between two groups', async () => {
    const { store, disk } = onBadDisk();
    const all = Promise.all(Array.from({ length: 3_000 }, (_, index) => store.commit(append(`e${index}`))));
    const turns: number[] = [];
    const watch = (): void => void (turns.push(disk.calls.length), disk.calls.length < 10 && setImmediate(watch));
    setImmediate(watch);
    await all;

    expect(new Set(turns).size).toBeGreaterThan(3);
  });

  it('bounds what one transaction writes by bytes as well, and carries a unit that is larger out alone', async () => {
    const groups: CommittedGroup[] = [];
    const status = new StoreStatus();
    status.onCommitted((group) => groups.push(group));
    const store = new EmbeddedStore(new MemoryEngine(), { clock: new SystemClock(), observer: status });
    const large = (id: string, bytes: number): StoreOperation[] => [
      { op: 'append', id, name: 'n', time: 1, body: 'x'.repeat(bytes) },
    ];
    await Promise.all([
      ...Array.from({ length: 20 }, (_, index) => store.commit(large(`e${index}`, 200_000))),
      store.commit(large('huge', 3_000_000)),
      store.commit(append('small')),
    ]);

    expect(groups.map(({ units }) => units)).toEqual([6, 6, 6, 3, 1]);
    expect(Math.max(...groups.slice(0, 3).map(({ bytes }) => bytes))).toBe(1_200_000);
  });

  it('lets other work have its turn before and between what a large group leads to, and carries out what that hands in together', async () => {
    const groups: number[] = [];
    const status = new StoreStatus();
    status.onCommitted(({ units }) => groups.push(units));
    const store = new EmbeddedStore(new MemoryEngine(), { clock: new SystemClock(), observer: status });
    let told = 0;
    const all = Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        await store.commit(append(`first${index}`));
        told++;
        await store.commit(append(`second${index}`));
      }),
    );
    const seen = new Set<number>();
    const watch = (): void => void (seen.add(told), told < 300 && setImmediate(watch));
    setImmediate(watch);
    await all;

    expect([...seen]).toEqual([0, 103, 206, 300]);
    expect(groups).toEqual([300, 300]);
  });
});
