/** Durable subscriptions whose plugin or handler is gone for a while: nothing that was published meanwhile is lost without a word. */
import { OnEvent } from '../../../../../src/events/index.js';
import { MemoryStore } from '../../../../../src/storage/index.js';
import { settle } from '../../../../support/fake-clock.js';
import { DurableBench, JobMade, Notes, Worker } from '../durable-bench.js';

const DAY = 86_400_000;

class Renamed extends Notes {
  @OnEvent(JobMade, { delivery: 'durable', name: 'mail.renamed' })
  async handle(event: JobMade): Promise<void> {
    this.jobs.push(event.job);
  }
}

/** A version of the plugin without the handler. */
class Without {}

/** A store that knows the subscription `mail.handle`, for which nothing waits. */
async function caughtUp(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const bench = await DurableBench.opened(store);
  await bench.started('mail', new Worker());
  await bench.events.publish(new JobMade(1));
  await settle();
  await bench.bus.close();
  return store;
}

/** One start of the server, during which `job` is published. */
async function started(
  store: MemoryStore,
  job: number,
  mail: 'without the handler' | 'absent' | 'renamed',
): Promise<DurableBench> {
  const bench = await DurableBench.opened(store, { missingGrace: 3 * 86_400 });
  bench.bus.reportStranded(mail === 'absent' ? ['shop'] : ['shop', 'mail']);
  if (mail !== 'absent') await bench.started('mail', mail === 'renamed' ? new Renamed() : new Without());
  await bench.events.publish(new JobMade(job));
  await settle();
  return bench;
}

async function back(store: MemoryStore): Promise<number[]> {
  const bench = await DurableBench.opened(store);
  const worker = new Worker();
  await bench.started('mail', worker);
  await settle();
  return worker.jobs;
}

describe('a durable subscription that is missing', () => {
  it.each(['without the handler', 'absent', 'renamed'] as const)(
    'gets what was published meanwhile when it comes back, also after two starts and when nothing waited for it: %s',
    async (how) => {
      const store = await caughtUp();
      await (await started(store, 2, how)).bus.close();
      await (await started(store, 3, how)).bus.close();
      expect(await back(store)).toEqual([2, 3]);
    },
  );

  it('comes back by a restart of its plugin alone', async () => {
    const store = await caughtUp();
    const bench = await started(store, 2, 'without the handler');
    const worker = new Worker();
    await bench.started('mail', worker);
    await settle();
    expect(worker.jobs).toEqual([2]);
    expect(bench.bus.durable.known.get('mail.handle')).toMatchObject({ isMissing: false, missingSince: undefined });
  });

  it.each(['without the handler', 'absent'] as const)(
    'is warned of at each start, with its name, how long it is kept and the command that drops it: %s',
    async (how) => {
      const store = await caughtUp();
      const first = await started(store, 2, how);
      await first.clock.advance(DAY);
      await first.bus.close();
      const second = await started(store, 3, how);
      for (const [{ log }, waiting] of [
        [first, 0],
        [second, 1],
      ] as const) {
        const warnings = log.filter(({ message }) => message.includes('mail.handle')).map(({ message }) => message);
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toContain(`${waiting} event(s) "job.made" wait for the durable subscription "mail.handle"`);
        expect(warnings[0]).toContain("name: 'mail.handle'");
        expect(warnings[0]).toContain('`panotti subscriptions drop mail.handle`');
      }
      expect(first.log[0]?.message).toContain('until 2026-01-04T00:00:00.000Z');
    },
  );

  it('gets nothing new when its grace is over, keeps what waits, and is told of', async () => {
    const store = await caughtUp();
    const bench = await started(store, 2, 'without the handler');
    await bench.clock.advance(3 * DAY - 120_000);
    await bench.events.publish(new JobMade(3));
    await bench.clock.advance(240_000);
    await bench.events.publish(new JobMade(4));
    await settle();
    expect(bench.log.at(-1)?.message).toContain('It gets no new ones any more');
    expect(bench.log.at(-1)?.message).toContain('`panotti subscriptions drop mail.handle`');
    await bench.bus.close();
    expect(await back(store)).toEqual([2, 3]);
  });

  it('is forgotten, and told of, when its grace is over and nothing waits for it', async () => {
    const store = await caughtUp();
    const bench = await DurableBench.opened(store, { missingGrace: 86_400 });
    await bench.started('mail', new Without());
    await bench.clock.advance(DAY + 120_000);
    expect(bench.log.at(-1)?.message).toContain('"mail.handle" of plugin "mail" was forgotten');
    expect([...bench.bus.durable.known.all()]).toEqual([]);
    expect([...(await store.cursors()).keys()]).toEqual([]);
  });

  it('is not given up at the first look of a start that comes after its grace, when its plugin has it again', async () => {
    const store = await caughtUp();
    await (await started(store, 2, 'absent')).bus.close();
    const bench = await DurableBench.opened(store, { missingGrace: 1 });
    bench.bus.reportStranded(['shop', 'mail']);
    await bench.clock.advance(DAY);
    const worker = new Worker();
    await bench.started('mail', worker);
    await settle();
    expect(worker.jobs).toEqual([2]);
  });

  it('holds no publisher up: it gets nothing new once as many wait as may, and that is told', async () => {
    const store = await caughtUp();
    const bench = await DurableBench.opened(store, { backlogLimit: 2 });
    await bench.started('mail', new Without());
    for (const job of [2, 3, 4, 5]) await bench.events.publish(new JobMade(job));
    await settle();
    const errors = bench.log.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors).toEqual([expect.stringContaining('It gets no new ones from now on')]);
    await bench.bus.close();
    expect(await back(store)).toEqual([2, 3, 4]);
  });

  it('is missing for as long as it was by the monotonic clock, when the wall clock is set a year forward', async () => {
    const store = await caughtUp();
    const bench = await started(store, 2, 'without the handler');
    bench.clock.setWall(bench.clock.now() + 365 * DAY);
    await bench.clock.advance(DAY);
    await bench.events.publish(new JobMade(3));
    await settle();
    await bench.bus.close();
    expect(await back(store)).toEqual([2, 3]);
  });
});
