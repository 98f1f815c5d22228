import { MemoryStore } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { DurableBench, JobMade, Worker } from '../durable-bench.js';

async function published(bench: DurableBench, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, job) => bench.events.publish(new JobMade(job))));
  for (let turn = 0; turn < 20; turn++) await settle();
}

describe('retention', () => {
  it('removes events that every subscription has finished once they are old, and no younger ones', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { retention: 3_600 });
    await bench.started('mail', new Worker());
    await published(bench, 2_500);
    await bench.clock.advance(1_800_000);
    await published(bench, 10);
    await bench.clock.advance(1_790_000);
    expect((await store.logStatus()).first).toBe(1);
    await bench.clock.advance(120_000);
    expect(await store.logStatus()).toMatchObject({ first: 2_501, last: 2_510 });
    expect(await bench.replay()).toBe(10);
  });

  it('keeps what a subscription has not finished, however old it is', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { retention: 60 });
    const attachment = await bench.started('mail', new Worker());
    await published(bench, 3);
    attachment.close();
    await published(bench, 3);
    await bench.clock.advance(600_000);
    expect((await store.logStatus()).first).toBe(4);
  });

  it('removes events earlier, the oldest first, while the store is larger than it may be', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { retentionBytes: 1 });
    await bench.started('mail', new Worker());
    await published(bench, 1_500);
    await bench.clock.advance(60_001);
    expect(await store.logStatus()).toMatchObject({ first: 1_501, last: 1_500 });
  });

  it('keeps everything while the store is small and the events are young', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    await bench.started('mail', new Worker());
    await published(bench, 100);
    await bench.clock.advance(600_000);
    expect((await store.logStatus()).first).toBe(1);
  });

  it('forgets keys of deduplication when their window is over', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { deduplicationWindow: 60 });
    await bench.started('mail', new Worker());
    await bench.events.publish(new JobMade(1), { deduplicationKey: 'a', id: 'b' });
    expect(await store.totals('deduplication')).toHaveLength(2);
    await bench.clock.advance(180_000);
    expect(await store.totals('deduplication')).toEqual([]);
  });
});
