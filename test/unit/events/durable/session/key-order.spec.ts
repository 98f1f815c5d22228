import { jest } from '@jest/globals';
import { putRow } from '../../../../../src/events/durable/records/delivery-row.js';
import { putPlace } from '../../../../../src/events/durable/records/lane-index.js';
import { EventContract, OnEvent } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { FaultPoints, MemoryStore, type FaultPoint } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { Gate } from '../../event-bench.js';
import { DurableBench, JobMade, Notes } from '../durable-bench.js';

@EventContract('job.done')
class JobDone {
  constructor(readonly job: number) {}
}

class Keyed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await settle();
}

async function publishAll(bench: DurableBench, jobs: readonly number[], customer: string): Promise<void> {
  for (const job of jobs) await bench.events.publish(new JobMade(job, customer));
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a key that is slow', () => {
  it('does not hold up other keys, however many events wait for it', async () => {
    const bench = await DurableBench.opened(undefined, { window: 10 });
    const gate = new Gate();
    const worker = new Keyed();
    worker.behave = ({ customer }) => (customer === 'slow' ? gate.passed : undefined);
    await bench.started('mail', worker);
    await publishAll(bench, range(1, 100), 'slow');
    await publishAll(bench, [101, 102], 'quick');
    await turns(20);
    expect(worker.jobs).toEqual([101, 102]);

    gate.open();
    await turns(300);
    expect(worker.jobs).toEqual([101, 102, ...range(1, 100)]);
    expect(await bench.store.totals('deliveries')).toEqual([]);
    expect(await bench.store.totals('delivery-lanes')).toEqual([]);
  });

  it('keeps its order when the process ends while some of its events wait in memory and some in the store', async () => {
    const store = new MemoryStore();
    const forever = new Gate();
    const bench = await DurableBench.opened(store, { window: 10 });
    const victim = new Keyed();
    victim.behave = ({ customer }) => (customer === 'slow' ? forever.passed : undefined);
    await bench.started('mail', victim);
    await publishAll(bench, range(1, 40), 'slow');
    await turns(10);
    // Newer than what waits in memory, and in the store: 1 runs, and 2 to 11 wait in memory.
    expect((await store.totals('deliveries'))[0]?.count).toBe(29);

    const later = await DurableBench.opened(store, { window: 10 });
    const worker = new Keyed();
    await later.started('mail', worker);
    await later.events.publish(new JobMade(41, 'slow'));
    await turns(200);
    expect(worker.jobs).toEqual(range(1, 41));
    expect(await store.totals('delivery-lanes')).toEqual([]);
    expect(later.backlogOf('mail.handle')).toBe(0);
  });

  it('takes a delayed event when it is due, behind those that came before that moment and before those that come later', async () => {
    const bench = await DurableBench.opened();
    const gates = [new Gate(), new Gate()];
    const worker = new Keyed();
    worker.behave = ({ job }) => (job === 1 ? gates[0]?.passed : undefined);
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(3, 'a'), { delayMs: 1_000 });
    await publishAll(bench, [1, 2], 'a');
    await bench.clock.advance(1_000);
    await publishAll(bench, [4], 'a');
    gates[0]?.open();
    await turns(10);
    expect(worker.jobs).toEqual([1, 2, 3, 4]);
  });

  it('takes up 1,200 that wait in the store in pages, and lets others have their turn meanwhile', async () => {
    const store = new MemoryStore();
    const forever = new Gate();
    const bench = await DurableBench.opened(store, { window: 3 });
    const victim = new Keyed();
    victim.behave = () => forever.passed;
    await bench.started('mail', victim);
    await Promise.all(range(0, 1_199).map((job) => bench.events.publish(new JobMade(job, `k${job % 2}`))));
    await turns(300);
    expect((await store.totals('delivery-lanes'))[0]?.count).toBe(1_195);

    let longest = 0;
    const scan = store.scan.bind(store);
    store.scan = async (query) => {
      const page = await scan(query);
      longest = Math.max(longest, page.records.length);
      return page;
    };
    const later = await DurableBench.opened(store, { window: 3 });
    const worker = new Keyed();
    const attachment = await later.started('mail', worker);
    await turns(10);
    attachment.close();
    expect(longest).toBeLessThanOrEqual(500);
    expect(worker.jobs.slice(0, 2)).toEqual([0, 1]);
  });
});

describe('a start with many keys of which something waits in the store', () => {
  it('takes them up within its window, and lets others have their turn meanwhile', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    (await bench.started('mail', new Keyed())).close();
    await bench.bus.close();
    for (const job of range(1, 300)) {
      const [id, key, turn] = [`e${job}`, `k${job}`, '0000000000000000'];
      const payload = { job, customer: key };
      const body = JSON.stringify({ version: 1, source: 'shop', correlationId: id, depth: 1, payload });
      const row = { event: { id, name: 'job.made', time: 0, body }, attempts: 0, starts: 0, errors: [], key, turn };
      const place = putPlace('mail.handle', { key, turn, id, isFirst: false });
      await store.commit([putRow('mail.handle', row, undefined), place]);
    }
    const later = await DurableBench.opened(store, { window: 10 });
    const gate = new Gate();
    const worker = new Keyed();
    worker.behave = () => gate.passed;
    await later.started('mail', worker);
    await turns(10);
    expect(worker.attempts).toHaveLength(10);
    gate.open();
    await turns(100);
    expect(worker.jobs.toSorted((a, b) => a - b)).toEqual(range(1, 300));
    expect(await store.totals('delivery-lanes')).toEqual([]);
  });
});

/** Stops the plugin in the moment between the acknowledgement of the first of a key and the claim of the next: as if the process were killed. */
class EndsBetween extends FaultPoints {
  attachment: { close(): void } | undefined;

  override reach(point: FaultPoint): void {
    if (point === 'key-freed') this.attachment?.close();
  }
}

describe('a process that ends between the acknowledgement of the first of a key and the claim of the next', () => {
  it.each([
    ['all that waits in the store is older than what the log has', 3, 12, 4],
    ['one event waits in the store', 3, 5, 8],
    ['nothing comes later', 2, 9, 0],
  ])('keeps its order where %s', async (_, window, before, later) => {
    const store = new MemoryStore();
    const faults = new EndsBetween();
    const bench = await DurableBench.opened(store, { window }, faults);
    const gate = new Gate();
    const victim = new Keyed();
    victim.behave = () => gate.passed;
    faults.attachment = await bench.started('mail', victim);
    await publishAll(bench, range(1, before), 'a');
    await turns(10);
    gate.open();
    await turns(20);
    await publishAll(bench, range(before + 1, before + later), 'a');
    await turns(5);

    const next = await DurableBench.opened(store, { window });
    const worker = new Keyed();
    await next.started('mail', worker);
    await turns(100);
    expect(victim.jobs.length).toBeGreaterThan(0);
    expect(victim.jobs.length).toBeLessThan(before);
    expect([...victim.jobs, ...worker.jobs]).toEqual(range(1, before + later));
    expect(await store.totals('delivery-lanes')).toEqual([]);
  });
});

class Unkeyed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable' })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

describe('a subscription that gets a key', () => {
  it('keeps an event that waits for its next attempt before younger ones of its key, behind older ones, and not earlier than its time', async () => {
    using _ = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const forever = new Gate();
    const victim = new Unkeyed();
    // 1 runs when the process ends, 2 has failed, 3 is done, 4 and 5 come later; 6 has another key.
    victim.behave = ({ job }) =>
      job === 1 ? forever.passed : job === 2 ? Promise.reject(new Error('down')) : undefined;
    const attachment = await bench.started('mail', victim);
    for (const job of [1, 2, 3]) await bench.events.publish(new JobMade(job, 'a'), { id: `z${9 - job}` });
    await turns(5);
    attachment.close();
    for (const job of [4, 5]) await bench.events.publish(new JobMade(job, 'a'));
    await bench.events.publish(new JobMade(6, 'b'));

    const later = await DurableBench.opened(store);
    const worker = new Keyed();
    await later.started('mail', worker);
    await turns(5);
    expect(worker.jobs.toSorted()).toEqual([1, 6]);
    await later.clock.advance(499);
    expect(worker.attempts).not.toContain('2 2');
    await later.clock.advance(5_000);
    expect(worker.jobs.filter((job) => job !== 6)).toEqual([1, 2, 4, 5]);
    expect(worker.attempts).toContain('2 2');
    expect(await store.totals('deliveries')).toEqual([]);
    expect(await store.totals('delivery-lanes')).toEqual([]);
  });
});

describe('a replay of events of one key', () => {
  it('delivers them in the order of their publication, whatever their ids are', async () => {
    const bench = await DurableBench.opened(undefined, { window: 2 });
    const worker = new Keyed();
    await bench.started('mail', worker);
    for (const job of range(1, 20)) await bench.events.publish(new JobMade(job, 'a'), { id: `z${99 - job}` });
    await turns(50);
    expect(await bench.replay({ subscription: 'mail.handle' })).toBe(20);
    for (let round = 0; round < 60; round++) await bench.clock.advance(50);
    expect(worker.jobs).toEqual([...range(1, 20), ...range(1, 20)]);
  });
});

describe('what handlers publish', () => {
  it('is delivered in the order of the commits together with what others publish under the same key', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    class Chain extends Notes {
      @OnEvent(JobMade, { delivery: 'durable', name: 'chain.first' })
      async handle({ job }: JobMade): Promise<void> {
        await events.publish(new JobDone(job));
      }

      @OnEvent(JobDone, { delivery: 'durable', key: () => 'a', name: 'chain.second' })
      done({ job }: JobDone): void {
        this.jobs.push(job);
      }
    }
    const events = bench.bus.publisherFor({ name: 'other', emits: [JobDone] });
    const chain = new Chain();
    await bench.started('chain', chain);
    const publishing = range(1, 40).map(async (job) => {
      for (let turn = 0; turn < job % 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      await (job % 2 === 0 ? bench.events.publish(new JobMade(job)) : events.publish(new JobDone(job)));
    });
    await Promise.all(publishing);
    await turns(20);
    const { entries } = await store.readLog({ after: 0 });
    const done = entries
      .filter(({ name }) => name === 'job.done')
      .map(({ body }) => (JSON.parse(body) as { payload: JobDone }).payload.job);
    expect(chain.jobs).toEqual(done);
    expect(done).toHaveLength(40);
  });
});

describe('a subscription that has no key any more', () => {
  it('gets what has waited behind a key', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Keyed();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    await publishAll(bench, [1, 2, 3], 'a');
    await turns(5);
    await bench.bus.close();

    class Plain extends Notes {
      @OnEvent(JobMade, { delivery: 'durable' })
      async handle(event: JobMade, context: EventContext): Promise<void> {
        await this.note(event, context);
      }
    }
    const later = await DurableBench.opened(store);
    const plain = new Plain();
    await later.started('mail', plain);
    await later.clock.advance(10_000);
    expect(plain.jobs.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  });
});
