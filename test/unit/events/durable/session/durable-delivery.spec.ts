import { jest } from '@jest/globals';
import { EventContract, OnEvent, unitOfWork, type EventDeadLettered } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { MemoryStore, StoreFullError } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { Gate } from '../../event-bench.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable-bench.js';

async function backlog(store: MemoryStore, subscription: string): Promise<number> {
  const cursor = (await store.cursors()).get(subscription);
  const { last } = await store.logStatus();
  return last - (cursor?.position ?? Number.NaN);
}

class Keyed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer, retry: { backoffMs: 1_000 } })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

class Final extends Error {}
class Busy extends Error {}

class Picky extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', retry: { attempts: 3, retryable: [Busy] } })
  async handle(event: JobMade, context: EventContext): Promise<void> {
    await this.note(event, context);
  }
}

class Witness {
  readonly deaths: EventDeadLettered[] = [];

  @OnEvent('panotti.event.dead-lettered')
  onDeath(event: EventDeadLettered): void {
    this.deaths.push(event);
  }
}

@EventContract('job.done')
class JobDone {
  constructor(readonly job: number) {}
}

describe('a durable subscription', () => {
  it('has the event on the disk before `publish` resolves, gets it once, and acknowledges it', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Worker();
    await bench.started('mail', worker);

    await bench.events.publish(new JobMade(1));
    expect((await store.logStatus()).last).toBe(1);
    await settle();

    expect(worker.attempts).toEqual(['1 1']);
    expect(await backlog(store, 'mail.handle')).toBe(0);
  });

  it('gets what was published while its plugin did not run, in order, as instances of the class, and then what is new', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const first = await bench.started('mail', new Worker());
    first.close();
    for (const job of [1, 2, 3]) await bench.events.publish(new JobMade(job));
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    await later.events.publish(new JobMade(4));
    const worker = new Worker();
    await later.started('mail', worker);
    await later.events.publish(new JobMade(5));
    await settle();

    expect(worker.jobs).toEqual([1, 2, 3, 4, 5]);
    expect(worker.instances.every((event) => event instanceof JobMade)).toBe(true);
    expect(await backlog(store, 'mail.handle')).toBe(0);
  });

  it('gets again what was running when the process ended, and not what it had acknowledged', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const gate = new Gate();
    const victim = new Worker();
    victim.behave = ({ job }) => (job === 2 ? gate.passed : undefined);
    await bench.started('mail', victim);
    for (const job of [1, 2, 3]) await bench.events.publish(new JobMade(job));
    await settle();

    const worker = new Worker();
    await (await DurableBench.opened(store)).started('mail', worker);

    expect(victim.jobs).toEqual([1, 3]);
    expect(worker.jobs).toEqual([2]);
  });

  it('gets nothing before its plugin is ready', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    const attachment = bench.attach('mail', worker);
    await attachment.isStored;
    await bench.events.publish(new JobMade(1));
    await settle();
    expect(worker.jobs).toEqual([]);

    bench.bus.activate(attachment);
    await settle();
    expect(worker.jobs).toEqual([1]);
  });

  it('gets what is committed after it was made known, also where the event was published in a unit of work before', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    await bench.started('mail', new Worker());
    const gate = new Gate();
    const work = unitOfWork(async () => {
      await bench.events.publish(new JobMade(1));
      await gate.passed;
    });
    await settle();
    const worker = new Worker();
    await bench.started('late', worker);
    @EventContract('other.made')
    class OtherMade {}
    class Other extends Notes {
      @OnEvent(OtherMade, { delivery: 'durable' })
      handle(): void {
        this.jobs.push(0);
      }
    }
    await bench.started('other', new Other());
    gate.open();
    await work;
    await settle();

    expect(worker.jobs).toEqual([1]);
    const positions = [...(await store.cursors()).values()].map(({ position }) => position);
    expect(positions).toEqual([1, 1, 1]);
  });

  it('catches up while the others are never done', async () => {
    const bench = await DurableBench.opened();
    await bench.started('busy', new Worker());
    const worker = new Worker();
    const late = bench.attach('late', worker);
    await late.isStored;
    const over = new AbortController();
    let job = 0;
    const publishing = Array.from({ length: 10 }, async () => {
      while (!over.signal.aborted) await bench.events.publish(new JobMade(job++));
    });
    await settle();

    bench.bus.activate(late);
    for (let turn = 0; turn < 10; turn++) await settle();
    const caughtUp = worker.jobs.length;
    over.abort();
    await Promise.all(publishing);

    expect(caughtUp).toBeGreaterThan(10);
  });

  it('begins where it was made known, or with everything that is stored when it asks for it', async () => {
    class FromTheBeginning extends Notes {
      @OnEvent(JobMade, { delivery: 'durable', from: 'beginning' })
      async handle(event: JobMade, context: EventContext): Promise<void> {
        await this.note(event, context);
      }
    }
    const bench = await DurableBench.opened();
    await bench.started('mail', new Worker());
    await bench.events.publish(new JobMade(1));
    const [late, complete] = [new Worker(), new FromTheBeginning()];
    await bench.started('late', late);
    await bench.started('complete', complete);
    await bench.events.publish(new JobMade(2));
    await settle();

    expect(late.jobs).toEqual([2]);
    expect(complete.jobs).toEqual([1, 2]);
  });

  it('retries a delivery with a backoff, over a restart too, and counts each attempt', async () => {
    // In the middle of the jitter: after 0.5 s, then after another 1 s.
    using _ = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Worker();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await settle();
    await bench.clock.advance(1_000);
    expect(worker.attempts).toEqual(['1 1', '1 2']);
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    const next = new Worker();
    await later.started('mail', next);
    await later.clock.advance(10_000);
    expect(next.attempts).toEqual(['1 3']);
    expect(await store.totals('deliveries')).toEqual([]);
  });

  it('gives a delivery up as a dead letter after its attempts, with event, errors and attempts, and reports it', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const [worker, witness] = [new Worker(), new Witness()];
    worker.behave = () => Promise.reject(new Error('down', { cause: new TypeError('no route') }));
    await bench.started('mail', worker);
    await bench.started('watch', witness);
    await bench.events.publish(new JobMade(7));
    await bench.clock.advance(3_600_000);

    expect(worker.attempts).toEqual(['7 1', '7 2', '7 3', '7 4', '7 5']);
    const letters = await bench.letters('mail.handle');
    expect(letters).toMatchObject([
      {
        event: 'job.made',
        source: 'shop',
        attempts: 5,
        payload: { job: 7, customer: 'c' },
        errors: [
          { name: 'Error', message: 'down' },
          { name: 'TypeError', message: 'no route' },
        ],
      },
    ]);
    expect(witness.deaths).toMatchObject([
      { subscription: 'mail.handle', plugin: 'mail', attempts: 5, error: 'Error: down' },
    ]);
    expect(await backlog(store, 'mail.handle')).toBe(0);
  });

  it('retries and drops dead letters when it is told to', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    worker.behave = () => Promise.reject(new Error('down'));
    await bench.started('mail', worker);
    for (const job of [1, 2]) await bench.events.publish(new JobMade(job));
    await bench.clock.advance(3_600_000);
    const letters = await bench.letters('mail.handle');
    const [first, second] = letters.map(({ eventId }) => eventId);
    worker.behave = () => undefined;

    expect(await bench.deadLetters.retry('mail.handle', first ?? '', bench.clock.now())).toBe(true);
    expect(await bench.deadLetters.drop('mail.handle', second ?? '')).toBe(true);
    await bench.clock.advance(1);

    expect(worker.jobs).toEqual([1]);
    expect(await bench.letters('mail.handle')).toEqual([]);
  });

  it('retries only the errors that are called retryable, where some are', async () => {
    const bench = await DurableBench.opened();
    const picky = new Picky();
    picky.behave = ({ job }) => Promise.reject(job === 1 ? new Final() : new Busy());
    await bench.started('mail', picky);
    for (const job of [1, 2]) await bench.events.publish(new JobMade(job));
    await bench.clock.advance(3_600_000);

    expect(picky.attempts.toSorted()).toEqual(['1 1', '2 1', '2 2', '2 3']);
  });

  it('keeps the order of a key over retries and restarts, while other keys go on', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Keyed();
    worker.behave = ({ job }) => (job === 1 ? Promise.reject(new Error('down')) : undefined);
    await bench.started('mail', worker);
    for (const job of [1, 2, 3]) await bench.events.publish(new JobMade(job, 'a'));
    await bench.events.publish(new JobMade(4, 'b'));
    await settle();
    await bench.events.publish(new JobMade(5, 'a'));
    await settle();
    expect(worker.jobs).toEqual([4]);
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    const next = new Keyed();
    await later.started('mail', next);
    await later.clock.advance(10_000);
    expect(next.jobs).toEqual([1, 2, 3, 5]);
    expect(await store.totals('deliveries')).toEqual([]);
  });

  it('gets an event that was published in the same moment in which the one before it with its key was done at last', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const gate = new Gate();
    const worker = new Keyed();
    let isFirst = true;
    worker.behave = ({ job }) => {
      if (job !== 1) return undefined;
      if (!isFirst) return gate.passed;
      isFirst = false;
      return Promise.reject(new Error('down'));
    };
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1, 'a'));
    await bench.clock.advance(10_000);

    // One commit for both, and the event is handed out before the acknowledgement is heard of.
    const published = bench.events.publish(new JobMade(2, 'a'));
    gate.open();
    await published;
    await bench.clock.advance(10_000);

    expect(worker.jobs).toEqual([1, 2]);
    expect(await store.totals('deliveries')).toEqual([]);
  });

  it('never has more in memory than its window, and loses nothing for that', async () => {
    const bench = await DurableBench.opened(undefined, { window: 10 });
    const gate = new Gate();
    const worker = new Worker();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    for (let job = 0; job < 100; job++) await bench.events.publish(new JobMade(job));
    await settle();
    expect(worker.attempts).toHaveLength(10);

    gate.open();
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(worker.jobs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, job) => job));
  });

  it('takes the more important first', async () => {
    class OneByOne extends Notes {
      @OnEvent(JobMade, { delivery: 'durable', concurrency: 1 })
      async handle(event: JobMade, context: EventContext): Promise<void> {
        await this.note(event, context);
      }
    }
    const bench = await DurableBench.opened();
    const gate = new Gate();
    const worker = new OneByOne();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.events.publish(new JobMade(2), { priority: 'low' });
    await bench.events.publish(new JobMade(3));
    await bench.events.publish(new JobMade(4), { priority: 'critical' });
    gate.open();
    for (let turn = 0; turn < 4; turn++) await settle();

    expect(worker.jobs).toEqual([1, 4, 3, 2]);
  });

  it('gets an event when its delay is over, also after a restart', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const worker = new Worker();
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1), { delayMs: 5_000 });
    await bench.clock.advance(4_999);
    expect(worker.jobs).toEqual([]);
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    const next = new Worker();
    await later.started('mail', next);
    expect(next.jobs).toEqual([]);
    await later.clock.advance(5_000);
    expect(next.jobs).toEqual([1]);
  });

  it('gets an event of the same deduplication key once within the window', async () => {
    const bench = await DurableBench.opened(undefined, { deduplicationWindow: 60 });
    const worker = new Worker();
    await bench.started('mail', worker);
    for (const job of [1, 2]) await bench.events.publish(new JobMade(job), { deduplicationKey: 'order-7' });
    await bench.clock.advance(60_001);
    await bench.events.publish(new JobMade(3), { deduplicationKey: 'order-7' });
    await settle();

    expect(worker.jobs).toEqual([1, 3]);
  });

  it('takes arrays, and acknowledges them together', async () => {
    class Batches {
      readonly seen: number[][] = [];

      @OnEvent(JobMade, { delivery: 'durable', batch: { size: 3, waitMs: 50 } })
      handle(events: readonly JobMade[]): void {
        this.seen.push(events.map(({ job }) => job));
      }
    }
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const batches = new Batches();
    await bench.started('mail', batches);
    for (const job of [1, 2, 3, 4]) await bench.events.publish(new JobMade(job));
    await bench.clock.advance(50);

    expect(batches.seen).toEqual([[1, 2, 3], [4]]);
    expect(await backlog(store, 'mail.handle')).toBe(0);
  });

  it('gets replayed what it has handled already: by event, by range, by name', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    await bench.started('mail', worker);
    for (const job of [1, 2, 3]) {
      await bench.events.publish(new JobMade(job));
      await bench.clock.advance(1_000);
    }
    const start = bench.clock.now() - 3_000;

    expect(await bench.replay({ events: 'job.*', fromTime: start + 1_000, beforeTime: start + 2_000 })).toBe(1);
    expect(await bench.replay({ events: 'other.*' })).toBe(0);
    await bench.clock.advance(1);
    expect(worker.jobs).toEqual([1, 2, 3, 2]);
    expect(await bench.replay({ subscription: 'mail.handle' })).toBe(3);
    await bench.clock.advance(1);
    expect(worker.jobs).toHaveLength(7);
  });

  it('does not try a delivery a sixth time that has ended the process five times, waits longer before each later try, and lets its neighbours live', async () => {
    const store = new MemoryStore();
    const forever = new Gate();
    const boot = async (): Promise<Worker> => {
      const worker = new Worker();
      // The process ends while it runs: it never comes back, and nothing of this server is closed.
      worker.behave = ({ job }) => (job === 13 ? forever.passed : undefined);
      const bench = await DurableBench.opened(store);
      await bench.started('mail', worker);
      if ((await store.logStatus()).last === 0)
        for (const job of [12, 13, 14]) await bench.events.publish(new JobMade(job));
      let passed = 0;
      // The later tries wait until the process has run for a while.
      for (const age of [0, 1_999, 2_000, 3_999, 4_000, 7_999, 8_000]) {
        await bench.clock.advance(age - passed);
        passed = age;
        for (let turn = 0; turn < 3; turn++) await settle();
        if (worker.attempts.length > 0) break;
      }
      ages.push(passed);
      return worker;
    };

    const ages: number[] = [];
    const boots: Worker[] = [];
    for (let count = 0; count < 7; count++) boots.push(await boot());

    const tries = [['12 1', '13 1', '14 1'], ['13 1'], ['13 2'], ['13 3'], ['13 4'], ['13 5'], []];
    expect(boots.map(({ attempts }) => attempts)).toEqual(tries);
    expect(ages).toEqual([0, 0, 0, 2_000, 4_000, 8_000, 8_000]);
    const [letter] = await (await DurableBench.opened(store)).letters('mail.handle');
    // What ended the process is not known: it may have been the handler, or something outside.
    const message = expect.stringMatching(/^The server ended 5 times while "mail\.handle" handled /) as unknown;
    expect(letter?.errors[0]).toMatchObject({ name: 'PoisonEventError', message });
  });

  it('keeps a delivery for later when its plugin stops before it is done, and ignores a late result', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const gate = new Gate();
    const slow = new Worker();
    slow.behave = () => gate.passed;
    const attachment = await bench.started('mail', slow);
    await bench.events.publish(new JobMade(1));
    await settle();
    const drained = attachment.drain(5_000);
    await bench.clock.advance(5_000);
    expect(await drained).toEqual({ abandoned: 0 });
    gate.open();
    await settle();

    const worker = new Worker();
    await bench.started('mail', worker);
    expect(worker.jobs).toEqual([1]);
  });
});

describe('an operator', () => {
  it('sees backlog, dead letters and the oldest age of each durable subscription, and is told of those whose plugin is gone', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    worker.behave = () => Promise.reject(new Error('down'));
    const attachment = await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    await bench.clock.advance(3_600_000);
    attachment.close();
    await bench.events.publish(new JobMade(2));
    await bench.clock.advance(5_000);

    const figure = {
      subscription: 'mail.handle',
      plugin: 'mail',
      backlog: 1,
      parked: 0,
      deadLetters: 1,
      oldestAgeMs: 5_000,
    };
    expect(await bench.bus.durable.figures()).toEqual([figure]);
    expect(await bench.registry.getSingleMetricAsString('panotti_durable_backlog')).toContain(
      '{subscription="mail.handle",plugin="mail"} 1',
    );
    bench.bus.reportStranded(['shop']);
    expect(bench.log.at(-1)?.message).toContain('wait for the durable subscription "mail.handle"');
  });
});

describe('publishing a durable event', () => {
  it('refuses what the store could not give back, and stores nothing of it', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    await bench.started('mail', new Worker());
    const events = bench.bus.publisherFor({ name: 'odd', emits: ['job.made'] });
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const odd = [
      1n,
      Number.NaN,
      new Date(0),
      new Map([[1, 2]]),
      '\uD800',
      () => 1,
      [undefined],
      cycle,
      'x'.repeat(300_000),
    ];
    for (const value of odd)
      await expect(events.publish('job.made', { value })).rejects.toMatchObject({ code: 'EVENT_NOT_STORABLE' });
    expect((await store.logStatus()).last).toBe(0);
  });

  it.each<[string, unknown]>([
    ['"value[1]" is undefined in a list', [1, undefined]],
    ['"value" has a BigInt', 1n],
    ['"value.deep" has a function', { deep: () => 1 }],
    ['"value" has a symbol', Symbol('x')],
    ['"value" has a number that JSON does not keep: NaN or Infinity', Number.POSITIVE_INFINITY],
  ])('says of a payload that cannot be stored: %s', async (sentence, value) => {
    const bench = await DurableBench.opened(new MemoryStore());
    await bench.started('mail', new Worker());
    const events = bench.bus.publisherFor({ name: 'odd', emits: ['job.made'] });

    await expect(events.publish('job.made', { value })).rejects.toThrow(sentence);
  });

  it('fails at the limit of the backlog while the plugin does not run, and waits while it does', async () => {
    const bench = await DurableBench.opened(undefined, { backlogLimit: 2 });
    const attachment = await bench.started('mail', new Worker());
    attachment.close();
    for (const job of [1, 2]) await bench.events.publish(new JobMade(job));
    await expect(bench.events.publish(new JobMade(3))).rejects.toMatchObject({ code: 'EVENT_BACKLOG_FULL' });

    const gate = new Gate();
    const worker = new Worker();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    const accepted: number[] = [];
    void bench.events.publish(new JobMade(4)).then(() => accepted.push(4));
    await settle();
    expect(accepted).toEqual([]);
    gate.open();
    await settle();
    expect(accepted).toEqual([4]);
  });

  it('is refused with a code of its own while the disk is full', async () => {
    class FullStore extends MemoryStore {
      isFull = false;
      override commit(...unit: Parameters<MemoryStore['commit']>): ReturnType<MemoryStore['commit']> {
        return this.isFull ? Promise.reject(new StoreFullError(undefined)) : super.commit(...unit);
      }
    }
    const store = new FullStore();
    const bench = await DurableBench.opened(store);
    const gate = new Gate();
    const worker = new Worker();
    worker.behave = () => gate.passed;
    await bench.started('mail', worker);
    await bench.events.publish(new JobMade(1));
    store.isFull = true;
    await expect(bench.events.publish(new JobMade(2))).rejects.toMatchObject({ code: 'EVENT_STORE_FULL' });

    gate.open();
    await settle();
    store.isFull = false;
    await bench.clock.advance(1_000);
    expect(await backlog(store, 'mail.handle')).toBe(0);
  });

  it('inside of a handler happens with its acknowledgement, and not at all when the handler fails', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const events = bench.bus.publisherFor({ name: 'mail', emits: [JobDone] });
    class Done {
      readonly jobs: number[] = [];
      @OnEvent(JobDone, { delivery: 'durable' })
      handle({ job }: JobDone): void {
        this.jobs.push(job);
      }
    }
    const [worker, done] = [new Worker(), new Done()];
    worker.behave = async ({ job }, { attempt }) => {
      await events.publish(new JobDone(job));
      if (attempt === 1) throw new Error('too early');
    };
    await bench.started('mail', worker);
    await bench.started('reports', done);
    await bench.events.publish(new JobMade(1));
    await settle();
    expect(done.jobs).toEqual([]);
    await bench.clock.advance(1_000);
    expect(done.jobs).toEqual([1]);
  });

  it('inside of a unit of work happens after it, or never', async () => {
    const bench = await DurableBench.opened();
    const worker = new Worker();
    await bench.started('mail', worker);
    const failing = unitOfWork(async () => {
      await bench.events.publish(new JobMade(1));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await unitOfWork(async () => {
      await bench.events.publish(new JobMade(2));
      await settle();
      expect(worker.jobs).toEqual([]);
    });
    await settle();
    expect(worker.jobs).toEqual([2]);
  });
});
