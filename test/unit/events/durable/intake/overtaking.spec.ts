import { OnEvent } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { MemoryStore } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { Gate } from '../../event-bench.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable-bench.js';

class OneByOne extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', concurrency: 1 })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await settle();
}

async function published(bench: DurableBench, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, job) => bench.events.publish(new JobMade(job))));
}

describe('an urgent event', () => {
  it('overtakes ten thousand that wait in the log, while the handler is busy', async () => {
    const bench = await DurableBench.opened();
    const gate = new Gate();
    const worker = new OneByOne();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    await published(bench, 10_000);
    await bench.events.publish(new JobMade(-1), { priority: 'high' });
    await bench.events.publish(new JobMade(-2), { priority: 'critical' });
    await bench.clock.advance(1);
    gate.open();
    await turns(5);

    expect(worker.jobs.slice(0, 3)).toEqual([0, -2, -1]);
  });

  it('overtakes what has waited for a plugin that did not run, over a restart too, and comes once', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    (await bench.started('mail', new OneByOne())).close();
    await published(bench, 2_000);
    await bench.events.publish(new JobMade(-2), { priority: 'critical' });
    await bench.bus.close();

    const later = await DurableBench.opened(store, { window: 100 });
    const worker = new OneByOne();
    await later.started('mail', worker);
    for (let turn = 0; turn < 2_500 && worker.jobs.length < 2_001; turn++) await settle();
    await later.clock.advance(1_000);

    expect(worker.jobs.indexOf(-2)).toBeLessThan(100);
    expect(worker.jobs).toHaveLength(2_001);
    expect(new Set(worker.jobs).size).toBe(2_001);
    expect((await store.cursors()).get('mail.handle')).toEqual({ position: 2_001, above: [] });
    expect(later.backlogOf('mail.handle')).toBe(0);
  });

  it('overtakes others a thousand times at most until the log has been read so far, so that cursors stay small', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    (await bench.started('mail', new Worker())).close();
    for (let count = 0; count < 1_100; count++) {
      await Promise.all([
        bench.events.publish(new JobMade(count)),
        bench.events.publish(new JobMade(-1), { priority: 'critical' }),
      ]);
    }
    await turns(5);
    const cursors = await store.cursors();
    expect(cursors.get('mail.handle')?.above).toHaveLength(1_000);
    expect((await store.totals('deliveries'))[0]?.count).toBe(1_000);
  });

  it('becomes no record where only others as urgent wait: they keep their order, at the price of the log', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { window: 5 });
    const gate = new Gate();
    const worker = new OneByOne();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    for (let job = 0; job < 50; job++) await bench.events.publish(new JobMade(job), { priority: 'critical' });
    await turns(2);
    expect(await store.totals('deliveries')).toEqual([]);
    gate.open();
    await turns(100);
    expect(worker.jobs).toEqual(Array.from({ length: 50 }, (_, job) => job));
  });

  it('overtakes others after each restart of its plugin, and not a thousand times in all', async () => {
    const bench = await DurableBench.opened(undefined, { window: 20 });
    for (let round = 0; round < 3; round++) {
      const attachment = await bench.started('mail', new OneByOne());
      attachment.close();
      await published(bench, 500);
      await Promise.all(Array.from({ length: 400 }, () => bench.events.publish(new JobMade(-1), { priority: 'high' })));
      const worker = new OneByOne();
      const next = await bench.started('mail', worker);
      for (let turn = 0; turn < 2_000 && worker.jobs.length < 900; turn++) await settle();
      expect(worker.jobs.slice(0, 400).filter((job) => job === -1).length).toBeGreaterThan(360);
      expect(worker.jobs).toHaveLength(900);
      next.close();
      await turns(2);
    }
    expect(bench.bus.durable.known.get('mail.handle')).toMatchObject({ backlog: { size: 0 } });
  });

  it('does not overtake events of its own key', async () => {
    class Keyed extends Notes {
      @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer, concurrency: 1 })
      async handle(event: JobMade, context: EventContext): Promise<void> {
        await this.note(event, context);
      }
    }
    const bench = await DurableBench.opened(undefined, { window: 5 });
    const gate = new Gate();
    const worker = new Keyed();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    await published(bench, 50);
    await bench.events.publish(new JobMade(50), { priority: 'critical' });
    gate.open();
    await turns(200);
    expect(worker.jobs).toEqual(Array.from({ length: 51 }, (_, job) => job));
  });
});
