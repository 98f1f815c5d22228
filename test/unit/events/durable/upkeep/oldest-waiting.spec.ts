/** The age of the oldest event that waits for a subscription, wherever it waits. */
import { OnEvent } from '../../../../../src/events/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { Gate } from '../../event-bench.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable-bench.js';

class Keyed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', name: 'mail.handle', key: (job: JobMade) => job.customer })
  async handle(event: JobMade): Promise<void> {
    await this.behave(event, undefined as never);
  }
}

class Failing {
  @OnEvent(JobMade, {
    delivery: 'durable',
    name: 'mail.handle',
    retry: { attempts: 5, backoffMs: 3_600_000 },
  })
  handle(): void {
    throw new Error('down');
  }
}

/** What waits, and where. */
const WAITING: [string, (bench: DurableBench, gate: Gate) => Promise<void>][] = [
  [
    'in the log, for a plugin that does not run',
    async (bench) => {
      (await bench.started('mail', new Worker())).close();
      await bench.events.publish(new JobMade(1));
    },
  ],
  [
    'for its next attempt',
    async (bench) => {
      await bench.started('mail', new Failing());
      await bench.events.publish(new JobMade(1));
    },
  ],
  [
    'for its time',
    async (bench) => {
      await bench.started('mail', new Worker());
      await bench.events.publish(new JobMade(1), { delayMs: 3_600_000 });
    },
  ],
  [
    'in memory, with a handler that runs',
    async (bench, gate) => {
      const worker = new Worker();
      worker.behave = () => gate.passed;
      await bench.started('mail', worker);
      await bench.events.publish(new JobMade(1));
    },
  ],
  [
    'in the store behind its key, with more than there is room for in memory',
    async (bench, gate) => {
      const keyed = new Keyed();
      keyed.behave = ({ job }) => (job === 1 ? gate.passed : undefined);
      await bench.started('mail', keyed);
      for (let job = 1; job <= 30; job++) await bench.events.publish(new JobMade(job));
      await settle();
      // What is left waits in records alone.
      gate.open();
      keyed.behave = () => new Gate().passed;
    },
  ],
  [
    'for its time, with ids of its publisher on both sides of those of the server',
    async (bench) => {
      await bench.started('mail', new Worker());
      await bench.events.publish(new JobMade(1), { delayMs: 3_600_000, id: 'order-1' });
      await bench.clock.advance(1_000);
      for (let job = 2; job <= 150; job++) await bench.events.publish(new JobMade(job), { delayMs: 3_600_000 });
    },
  ],
];

async function ageOf(bench: DurableBench): Promise<number> {
  const [figure] = await bench.bus.durable.figures();
  return figure?.oldestAgeMs ?? Number.NaN;
}

describe('the age of the oldest event that waits', () => {
  it.each(WAITING)('counts from when it was published: %s', async (_where, wait) => {
    const bench = await DurableBench.opened(undefined, { window: 5 });
    await wait(bench, new Gate());
    await settle();
    const before = bench.clock.monotonicMs();
    await bench.clock.advance(60_000 - before);
    expect(await ageOf(bench)).toBe(60_000);
    expect(await bench.registry.getSingleMetricAsString('panotti_durable_oldest_age_seconds')).toMatch(/ 60$/m);
  });

  it.each(
    WAITING.flatMap(([where, wait]) =>
      [-3_600_000, 3_600_000, -365 * 86_400_000, -Date.UTC(2026, 0, 1)].map((ms) => [where, ms, wait] as const),
    ),
  )('is the same when the wall clock is set: %s, by %d ms', async (_where, ms, wait) => {
    const bench = await DurableBench.opened(undefined, { window: 5 });
    await wait(bench, new Gate());
    await settle();
    bench.clock.setWall(bench.clock.now() + ms);
    await bench.clock.advance(60_000 - bench.clock.monotonicMs());
    expect(await ageOf(bench)).toBe(60_000);
  });

  it('is 0 where nothing waits, and never negative', async () => {
    const bench = await DurableBench.opened();
    await bench.started('mail', new Worker());
    await bench.events.publish(new JobMade(1));
    await settle();
    bench.clock.setWall(0);
    await bench.clock.advance(5_000);
    expect(await ageOf(bench)).toBe(0);
  });
});
