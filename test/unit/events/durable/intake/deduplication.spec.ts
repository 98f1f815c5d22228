import { AsyncResource } from 'node:async_hooks';
import { EventContract, OnEvent, unitOfWork } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { MemoryStore, type LogEntry } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { Gate } from '../../event-bench.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable-bench.js';

@EventContract('job.done')
class JobDone {
  constructor(readonly job: number) {}
}

class Done {
  readonly jobs: number[] = [];
  @OnEvent(JobDone, { delivery: 'durable' })
  handle({ job }: JobDone): void {
    this.jobs.push(job);
  }
}

async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++) await settle();
}

/** Has something happen after a claim was looked up, and before its event is. */
class BetweenReads extends MemoryStore {
  beforeFindEntry: (() => Promise<void>) | undefined;

  override async findEntry(id: string): Promise<LogEntry | undefined> {
    const action = this.beforeFindEntry;
    this.beforeFindEntry = undefined;
    await action?.();
    return super.findEntry(id);
  }
}

describe('an event with an id of its publisher', () => {
  it('has that id, and is delivered once, however often and by any publisher', async () => {
    const bench = await DurableBench.opened();
    const ids: string[] = [];
    const worker = new Worker();
    worker.behave = (_event, { id }) => void ids.push(id);
    await bench.started('mail', worker);
    const other = bench.bus.publisherFor({ name: 'other', emits: [JobMade] });
    await Promise.all([1, 2, 3].map((job) => bench.events.publish(new JobMade(job), { id: 'order-7' })));
    await other.publish(new JobMade(4), { id: 'order-7' });
    await unitOfWork(() => bench.events.publish(new JobMade(5), { id: 'order-7' }));
    await turns();
    expect(worker.jobs).toHaveLength(1);
    expect([1, 2, 3]).toContain(worker.jobs[0]);
    expect(ids).toEqual(['order-7']);
  });

  it('is delivered once where one unit of work publishes it several times at once', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    await bench.started('mail', worker);
    await unitOfWork(() =>
      Promise.all([1, 2, 3].map((job) => bench.events.publish(new JobMade(job), { id: 'order-7' }))),
    );
    await turns();
    expect(worker.jobs).toHaveLength(1);
  });

  it.each<[string, (bench: DurableBench, job: number) => Promise<void>]>([
    ['by itself', (bench, job) => bench.events.publish(new JobMade(job), { id: 'order-7' })],
    ['in a unit of work', (bench, job) => unitOfWork(() => bench.events.publish(new JobMade(job), { id: 'order-7' }))],
  ])('is not refused when it is stored while a second event with its id is looked up %s', async (_where, publish) => {
    const store = new BetweenReads();
    const bench = await DurableBench.opened(store);
    const worker = new Worker();
    await bench.started('mail', worker);
    // Bound, because the look-up runs in the unit of work, which this publication has no part in.
    store.beforeFindEntry = AsyncResource.bind(() => bench.events.publish(new JobMade(1), { id: 'order-7' }));
    await publish(bench, 2);
    await turns();
    expect(worker.jobs).toEqual([1]);
  });

  it('is known over a restart', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    await bench.started('mail', new Worker());
    await bench.events.publish(new JobMade(1), { id: 'order-7' });
    await turns();
    await bench.bus.close();
    const later = await DurableBench.opened(store);
    const worker = new Worker();
    await later.started('mail', worker);
    await later.events.publish(new JobMade(1), { id: 'order-7' });
    await turns();
    expect(worker.jobs).toEqual([]);
  });

  it('is new again when the window is over and the log has forgotten it; until then another event with it is refused', async () => {
    const bench = await DurableBench.opened(undefined, { deduplicationWindow: 60, retention: 120 });
    const worker = new Worker();
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1), { id: 'order-7' });
    await bench.clock.advance(59_000);
    await bench.events.publish(new JobMade(2), { id: 'order-7' });
    await bench.clock.advance(2_000);
    await expect(bench.events.publish(new JobMade(2), { id: 'order-7' })).rejects.toMatchObject({
      code: 'EVENT_ID_TAKEN',
      plugin: 'shop',
    });
    await turns();
    expect(worker.jobs).toEqual([1]);
    await bench.clock.advance(180_000);
    await bench.events.publish(new JobMade(3), { id: 'order-7' });
    await turns();
    expect(worker.jobs).toEqual([1, 3]);
  });

  const again: [string, (bench: DurableBench) => Promise<void>, 'refused' | 'without effect'][] = [
    ['the same event', (bench) => bench.events.publish(new JobMade(1), { id: 'order-7' }), 'without effect'],
    [
      'the same event in a unit of work',
      (bench) => unitOfWork(() => bench.events.publish(new JobMade(1), { id: 'order-7' })),
      'without effect',
    ],
    [
      'the same event without its class',
      (bench) => bench.events.publish('job.made', { job: 1, customer: 'c' }, { id: 'order-7' }),
      'without effect',
    ],
    ['another payload', (bench) => bench.events.publish(new JobMade(1, 'd'), { id: 'order-7' }), 'refused'],
    [
      'another payload in a unit of work',
      (bench) => unitOfWork(() => bench.events.publish(new JobMade(2), { id: 'order-7' })),
      'refused',
    ],
    [
      'another event',
      (bench) => bench.bus.publisherFor({ name: 'mail', emits: [JobDone] }).publish(new JobDone(1), { id: 'order-7' }),
      'refused',
    ],
    [
      'another plugin with another payload',
      (bench) =>
        bench.bus
          .publisherFor({ name: 'other', emits: [JobMade] })
          .publish(new JobMade(3), { id: 'order-7', delayMs: 5 }),
      'refused',
    ],
  ];

  it.each(again)(
    'used again after the window, while its event is stored, is never swallowed for a new event: %s',
    async (_what, publish, result) => {
      const store = new MemoryStore();
      const bench = await DurableBench.opened(store, { deduplicationWindow: 60 });
      const [worker, done] = [new Worker(), new Done()];
      await bench.started('mail', worker);
      await bench.started('reports', done);
      await bench.events.publish(new JobMade(1), { id: 'order-7' });
      await bench.clock.advance(61_000);
      const published = publish(bench).then(
        () => 'without effect',
        (error: unknown) => (error as { code: string }).code,
      );
      expect(await published).toBe(result === 'refused' ? 'EVENT_ID_TAKEN' : 'without effect');
      await turns();
      expect([worker.jobs, done.jobs, (await store.logStatus()).last]).toEqual([[1], [], 1]);
      expect(bench.bus.durable.known.get('mail.handle')).toMatchObject({ backlog: { size: 0, reserved: 0 } });
    },
  );

  it.each([
    ['an hour forward', 3_600_000],
    ['an hour back', -3_600_000],
    ['to 1970', -Date.UTC(2026, 0, 1)],
  ])('is remembered for its window when the wall clock is set %s', async (_how, ms) => {
    const bench = await DurableBench.opened(undefined, { deduplicationWindow: 600, retention: 1 });
    const worker = new Worker();
    await bench.started('mail', worker);
    const publish = (job: number): Promise<void> =>
      bench.events.publish(new JobMade(job), { id: 'order-7', deduplicationKey: 'k' });
    await publish(1);
    bench.clock.setWall(bench.clock.now() + ms);
    await bench.clock.advance(598_000);
    await publish(2);
    await turns();
    expect(worker.jobs).toEqual([1]);
    await bench.clock.advance(63_000);
    await publish(3);
    await turns();
    expect(worker.jobs).toEqual([1, 3]);
  });

  it('is delivered once also to handlers that are not durable', async () => {
    const bench = await DurableBench.opened();
    const seen: number[] = [];
    class Listener {
      @OnEvent(JobMade)
      on({ job }: JobMade): void {
        seen.push(job);
      }
    }
    await bench.started('mail', new Listener());
    for (const job of [1, 2]) await bench.events.publish(new JobMade(job), { id: 'order-7' });
    await turns();
    expect(seen).toEqual([1]);
  });

  it('is refused if the id is invalid', async () => {
    const bench = await DurableBench.opened();
    for (const id of ['', 'a\nb', 'x'.repeat(201), '\uD800']) {
      await expect(bench.events.publish(new JobMade(1), { id })).rejects.toMatchObject({
        code: 'EVENT_CONTRACT_INVALID',
      });
    }
  });
});

describe('an event with a deduplication key', () => {
  it('is published once by two units of work that end at the same time: the second fails and may be tried again', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    await bench.started('mail', worker);
    const gate = new Gate();
    const publish = (job: number): Promise<void> =>
      unitOfWork(async () => {
        await bench.events.publish(new JobMade(job), { deduplicationKey: 'order-7' });
        await gate.passed;
      });
    const both = Promise.allSettled([publish(1), publish(2)]);
    await settle();
    gate.open();
    const results = await both;
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await publish(3);
    await turns();
    expect(worker.jobs).toHaveLength(1);
  });

  it('is published once by a handler that is run again', async () => {
    const bench = await DurableBench.opened();
    const events = bench.bus.publisherFor({ name: 'mail', emits: [JobDone] });
    const [worker, done] = [new Worker(), new Done()];
    worker.behave = ({ job }) => events.publish(new JobDone(job), { deduplicationKey: `done-${job}` });
    await bench.started('reports', done);
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await turns();
    await bench.replay({ events: 'job.made' });
    await bench.clock.advance(1);
    await turns();
    expect(worker.jobs).toEqual([1, 1]);
    expect(done.jobs).toEqual([1]);
  });
});

describe('the idempotency key', () => {
  it('is the same for each attempt, over restarts and in a replay, and another one for each subscription and event', async () => {
    const store = new MemoryStore();
    const keys: string[] = [];
    class Two extends Notes {
      @OnEvent(JobMade, { delivery: 'durable' })
      first(_event: JobMade, { idempotencyKey, attempt }: EventContext): void {
        keys.push(`${attempt} ${idempotencyKey}`);
        if (attempt < 3) throw new Error('down');
      }

      @OnEvent(JobMade, { delivery: 'durable' })
      second(_event: JobMade, { idempotencyKey, attempt }: EventContext): void {
        keys.push(`${attempt} ${idempotencyKey}`);
      }
    }
    const bench = await DurableBench.opened(store);
    await bench.started('mail', new Two());
    await bench.events.publish(new JobMade(1), { id: 'a' });
    await bench.events.publish(new JobMade(2), { id: 'b' });
    await turns();
    await bench.bus.close();
    const later = await DurableBench.opened(store);
    await later.started('mail', new Two());
    await later.clock.advance(10_000);
    await later.replay({ eventId: 'a', subscription: 'mail.second' });
    await later.clock.advance(10);

    expect(keys.toSorted()).toEqual([
      '1 mail.first:a',
      '1 mail.first:b',
      '1 mail.second:a',
      '1 mail.second:a',
      '1 mail.second:b',
      '2 mail.first:a',
      '2 mail.first:b',
      '3 mail.first:a',
      '3 mail.first:b',
    ]);
  });
});
