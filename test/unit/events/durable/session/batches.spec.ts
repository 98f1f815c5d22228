/** What becomes of events that fail together: nothing happens to one because of another. */
import { OnEvent, type EventDeadLettered } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { MemoryStore } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { DurableBench, JobMade } from '../durable-bench.js';

class Final extends Error {}

/** Takes everything but the jobs in `bad`; notes each call. */
abstract class Batches {
  readonly bad = new Set<number>();
  readonly calls: { readonly jobs: number[]; readonly attempt: number }[] = [];
  readonly handled: number[] = [];
  fail: (job: number) => unknown = () => {
    throw new Error('bad');
  };

  protected async take(events: readonly JobMade[], { attempt }: EventContext): Promise<void> {
    this.calls.push({ jobs: events.map(({ job }) => job), attempt });
    await Promise.resolve();
    for (const { job } of events) if (this.bad.has(job)) await this.fail(job);
    this.handled.push(...events.map(({ job }) => job));
  }

  callsWith(job: number): number {
    return this.calls.filter(({ jobs }) => jobs.includes(job)).length;
  }
}

class FiveAttempts extends Batches {
  @OnEvent(JobMade, { delivery: 'durable', batch: { size: 15, waitMs: 5 }, retry: { attempts: 5, backoffMs: 10 } })
  handle(events: readonly JobMade[], context: EventContext): Promise<void> {
    return this.take(events, context);
  }
}

class TwoAttempts extends Batches {
  @OnEvent(JobMade, {
    delivery: 'durable',
    batch: { size: 7, waitMs: 5 },
    retry: { attempts: 2, backoffMs: 10 },
    concurrency: 1,
  })
  handle(events: readonly JobMade[], context: EventContext): Promise<void> {
    return this.take(events, context);
  }
}

class OneAttempt extends Batches {
  @OnEvent(JobMade, { delivery: 'durable', batch: { size: 10, waitMs: 5 }, retry: { attempts: 1 } })
  handle(events: readonly JobMade[], context: EventContext): Promise<void> {
    return this.take(events, context);
  }
}

class Picky extends Batches {
  @OnEvent(JobMade, {
    delivery: 'durable',
    batch: { size: 10, waitMs: 5 },
    retry: { attempts: 4, final: [Final], backoffMs: 10 },
  })
  handle(events: readonly JobMade[], context: EventContext): Promise<void> {
    return this.take(events, context);
  }
}

const CASES: [
  string,
  () => Batches,
  { events: number; bad: readonly number[]; attempts: number; fail?: Batches['fail'] },
][] = [
  [
    '8 of 400 always fail, in batches of 15',
    () => new FiveAttempts(),
    { events: 400, bad: [0, 14, 15, 77, 200, 201, 202, 399], attempts: 5 },
  ],
  [
    'all of a batch fail',
    () => new FiveAttempts(),
    { events: 20, bad: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], attempts: 5 },
  ],
  ['one batch at a time has two attempts', () => new TwoAttempts(), { events: 50, bad: [3, 30], attempts: 2 }],
  // Its one attempt is the one alone: that in company says nothing about it.
  ['there is one attempt', () => new OneAttempt(), { events: 30, bad: [5], attempts: 1 }],
  [
    'the error is final',
    () => new Picky(),
    {
      events: 30,
      bad: [5, 25],
      attempts: 2,
      fail: () => {
        throw new Final('never');
      },
    },
  ],
];

describe('a batch in which some events always fail', () => {
  it.each(CASES)(
    'loses those alone, after their attempts, and hands the others out: %s',
    async (_, make, { events, bad, attempts, fail }) => {
      const bench = await DurableBench.opened();
      const worker = make();
      for (const job of bad) worker.bad.add(job);
      if (fail) worker.fail = fail;
      await bench.started('mail', worker);
      for (let job = 0; job < events; job++) await bench.events.publish(new JobMade(job));
      await bench.clock.advance(3_600_000);

      const letters = await bench.letters('mail.handle');
      expect(letters.map(({ payload }) => (payload as JobMade).job).toSorted((a, b) => a - b)).toEqual(bad);
      expect(letters.filter((letter) => letter.attempts !== attempts)).toEqual([]);
      const healthy = Array.from({ length: events }, (_each, job) => job).filter((job) => !bad.includes(job));
      expect(worker.handled.toSorted((a, b) => a - b)).toEqual(healthy);
      // Once in company at most, then alone.
      expect(healthy.filter((job) => worker.callsWith(job) > 2)).toEqual([]);
      expect(worker.calls.filter(({ jobs, attempt }) => jobs.length > 1 && attempt > 1)).toEqual([]);
    },
  );

  it('is logged with the attempts of each event', async () => {
    const deaths: EventDeadLettered[] = [];
    class Witness {
      @OnEvent('panotti.event.dead-lettered')
      onDeath(death: EventDeadLettered): void {
        deaths.push(death);
      }
    }
    const bench = await DurableBench.opened();
    const worker = new FiveAttempts();
    worker.bad.add(1);
    await bench.started('mail', worker);
    await bench.started('watch', new Witness());
    for (const job of [0, 1, 2]) await bench.events.publish(new JobMade(job));
    await bench.clock.advance(3_600_000);
    expect(deaths).toMatchObject([{ attempts: 5, error: 'Error: bad' }]);
  });

  it('tries each alone over a restart, too', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const victim = new FiveAttempts();
    victim.bad.add(1);
    await bench.started('mail', victim);
    for (let job = 0; job < 15; job++) await bench.events.publish(new JobMade(job));
    await settle();
    expect(victim.calls).toHaveLength(1);
    await bench.bus.close();

    const later = await DurableBench.opened(store);
    const worker = new FiveAttempts();
    worker.bad.add(1);
    await later.started('mail', worker);
    await later.clock.advance(3_600_000);
    expect(worker.calls.filter(({ jobs }) => jobs.length > 1)).toEqual([]);
    expect(worker.handled.toSorted((a, b) => a - b)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(worker.callsWith(1)).toBe(4);
  });
});
