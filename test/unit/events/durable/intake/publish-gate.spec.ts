import { EventContract, OnEvent, unitOfWork } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { MemoryStore } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { Gate } from '../../event-bench.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable-bench.js';

@EventContract('job.done')
class JobDone {
  constructor(readonly job: number) {}
}

class Done {
  readonly jobs: number[] = [];
  behave: () => unknown = () => undefined;

  @OnEvent(JobDone, { delivery: 'durable', concurrency: 1 })
  async handle({ job }: JobDone): Promise<void> {
    await this.behave();
    this.jobs.push(job);
  }
}

/** Publishes an event of the other kind for each that it gets. */
class Passing extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', retry: { attempts: 2, backoffMs: 1_000 } })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

describe('a handler that publishes for a subscription that has too much', () => {
  it('is tried again until there is room, without a loss and without a place taken meanwhile', async () => {
    const bench = await DurableBench.opened(undefined, { backlogLimit: 10 });
    const events = bench.bus.publisherFor({ name: 'mail', emits: [JobDone] });
    const [gate, done, passing] = [new Gate(), new Done(), new Passing()];
    done.behave = () => gate.passed;
    passing.behave = ({ job }) => events.publish(new JobDone(job));
    await bench.started('reports', done);
    await bench.started('mail', passing);
    const published = Promise.all(Array.from({ length: 30 }, (_, job) => bench.events.publish(new JobMade(job))));
    for (let second = 0; second < 20; second++) await bench.clock.advance(1_000);
    // A tenth more than the limit, and no more than that.
    expect(bench.backlogOf('reports.handle')).toBe(11);
    expect(await bench.letters('mail.handle')).toEqual([]);
    expect(
      bench.log.filter(({ message }) => message.includes('EVENT_BACKLOG_FULL') || message.includes('wait for')).length,
    ).toBeLessThan(40);

    gate.open();
    for (let second = 0; second < 60; second++) await bench.clock.advance(1_000);
    await published;
    expect(done.jobs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, job) => job));
    expect(await bench.store.totals('dead-letters')).toEqual([]);
  });

  it('goes on where two subscriptions publish for each other in a circle and both are full', async () => {
    @EventContract('ping.made')
    class Ping {
      constructor(readonly left: number) {}
    }
    @EventContract('pong.made')
    class Pong {
      constructor(readonly left: number) {}
    }
    const bench = await DurableBench.opened(undefined, { backlogLimit: 5, window: 2 });
    const events = bench.bus.publisherFor({ name: 'players', emits: [Ping, Pong] });
    const ends: string[] = [];
    class Players {
      @OnEvent(Ping, { delivery: 'durable', concurrency: 1 })
      async ping({ left }: Ping): Promise<void> {
        if (left > 0) await events.publish(new Pong(left - 1));
        else ends.push('ping');
      }

      @OnEvent(Pong, { delivery: 'durable', concurrency: 1 })
      async pong({ left }: Pong): Promise<void> {
        if (left > 0) await events.publish(new Ping(left - 1));
        else ends.push('pong');
      }
    }
    const attachment = bench.attach('players', new Players());
    await attachment.isStored;
    for (let count = 0; count < 5; count++)
      await Promise.all([events.publish(new Ping(9)), events.publish(new Pong(9))]);
    bench.bus.activate(attachment);
    for (let second = 0; second < 200; second++) await bench.clock.advance(1_000);
    expect(ends).toHaveLength(10);
  });
});

describe('a unit of work', () => {
  it('fails at once, and never waits, where a subscription has too much', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { backlogLimit: 10 });
    const worker = new Worker();
    worker.behave = () => new Gate().passed;
    await bench.started('mail', worker);
    const work = unitOfWork(async () => {
      for (let job = 0; job < 12; job++) await bench.events.publish(new JobMade(job));
    });
    await expect(work).rejects.toMatchObject({ code: 'EVENT_BACKLOG_FULL' });
    expect((await store.logStatus()).last).toBe(0);
    // What it had reserved is free again.
    for (let job = 0; job < 10; job++) await bench.events.publish(new JobMade(job));
    expect(bench.bus.durable.known.get('mail.handle')).toMatchObject({ backlog: { size: 10, reserved: 0 } });
  });
});

describe('publishers', () => {
  it('wait while as many events are on their way to the disk as may be', async () => {
    class SlowStore extends MemoryStore {
      readonly gate = new Gate();
      open = 0;
      most = 0;
      override async commit(...unit: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
        if (!unit[0].some(({ op }) => op === 'append')) return super.commit(...unit);
        this.most = Math.max(this.most, ++this.open);
        await this.gate.passed;
        this.open--;
        return super.commit(...unit);
      }
    }
    const store = new SlowStore();
    const bench = await DurableBench.opened(store, { unstoredLimit: 3 });
    const worker = new Worker();
    await bench.started('mail', worker);
    const accepted: number[] = [];
    const all = Promise.all(
      Array.from({ length: 9 }, (_, job) => bench.events.publish(new JobMade(job)).then(() => accepted.push(job))),
    );
    await settle();
    expect({ most: store.most, accepted }).toEqual({ most: 3, accepted: [] });
    store.gate.open();
    await all;
    for (let turn = 0; turn < 5; turn++) await settle();
    expect(store.most).toBe(3);
    expect(worker.jobs).toHaveLength(9);
  });

  it('fail at the limit of events on their way to the disk where `whenFull` is "fail"', async () => {
    class StuckStore extends MemoryStore {
      override commit(...unit: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
        return unit[0].some(({ op }) => op === 'append') ? new Promise(() => undefined) : super.commit(...unit);
      }
    }
    const bench = await DurableBench.opened(new StuckStore(), { unstoredLimit: 1, whenFull: 'fail' });
    await bench.started('mail', new Worker());
    void bench.events.publish(new JobMade(1));
    await expect(bench.events.publish(new JobMade(2))).rejects.toMatchObject({ code: 'EVENT_BACKLOG_FULL' });
  });

  it('fail, and do not wait for ever, when the plugin that they wait for stops', async () => {
    const bench = await DurableBench.opened(undefined, { backlogLimit: 1 });
    const worker = new Worker();
    worker.behave = () => new Gate().passed;
    const attachment = await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    const second = bench.events.publish(new JobMade(2));
    await settle();
    attachment.close();
    await expect(second).rejects.toMatchObject({ code: 'EVENT_BACKLOG_FULL' });
  });
});
