/** The order of each key when the process is killed at random moments, judged by the positions of the log. */
import fc from 'fast-check';
import { EventContract, OnEvent, type PluginEvents } from '../../../../../src/events/index.js';
import type { EventContext } from '../../../../../src/plugin/index.js';
import { MemoryStore, type Store } from '../../../../../src/storage/index.js';
import { delayed, randomOf } from '../../../../support/delayed-store.js';
import { settle } from '../../../../support/fake-clock.js';
import { mortal } from '../../../../support/mortal-store.js';
import { DurableBench, JobMade } from '../durable-bench.js';

const RUNS = process.env['PANOTTI_TEST_FULL'] ? 1_000 : 60;
const JOBS = 12;

@EventContract('job.asked')
class JobAsked {
  constructor(
    readonly job: number,
    readonly customer: string,
  ) {}
}

interface Plan {
  readonly seed: number;
  readonly window: number;
  readonly keys: number;
  /** How many turns each process lives; the last one lives until everything is done. */
  readonly lives: readonly number[];
  /** The share of attempts that fail, in percent. */
  readonly failing: number;
  readonly areReadsDelayed: boolean;
}

/** What happened, over all lives. */
class Journal {
  readonly started: {
    readonly job: number;
    readonly key: string;
    readonly life: number;
    readonly done: ReadonlySet<number>;
  }[] = [];
  readonly done = new Set<number>();
}

class Mailer {
  isAlive = true;
  events!: PluginEvents;

  constructor(
    private readonly life: number,
    private readonly journal: Journal,
    private readonly random: () => number,
    private readonly failing: number,
  ) {}

  @OnEvent(JobMade, { delivery: 'durable', key: ({ customer }) => customer, retry: { attempts: 100, backoffMs: 4 } })
  async send({ job, customer: key }: JobMade): Promise<void> {
    if (this.isAlive) this.journal.started.push({ job, key, life: this.life, done: new Set(this.journal.done) });
    await this.#work();
    if (this.isAlive) this.journal.done.add(job);
  }

  /** Half of the events come out of a handler: their commit is the acknowledgement of another one. */
  @OnEvent(JobAsked, { delivery: 'durable', retry: { attempts: 100, backoffMs: 4 } })
  async make({ job, customer }: JobAsked, { attempt }: EventContext): Promise<void> {
    await this.events.publish(new JobMade(job, customer));
    if (attempt === 1) await this.#work();
  }

  async #work(): Promise<void> {
    for (let turns = Math.floor(this.random() * 4); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    if (this.random() * 100 < this.failing) throw new Error('not now');
  }
}

async function positions(store: Store): Promise<Map<number, number>> {
  const { entries } = await store.readLog({ after: 0 });
  const made = entries.filter(({ name }) => name === 'job.made');
  return new Map(made.map(({ position, body }) => [(JSON.parse(body) as { payload: JobMade }).payload.job, position]));
}

async function live(plan: Plan, journal: Journal): Promise<MemoryStore> {
  const store = new MemoryStore();
  const random = randomOf(plan.seed);
  for (const [life, turns] of [...plan.lives, Number.POSITIVE_INFINITY].entries()) {
    const { store: own, kill } = mortal(plan.areReadsDelayed ? delayed(store, random) : store);
    const bench = await DurableBench.opened(own, { window: plan.window });
    const mailer = new Mailer(life, journal, random, plan.failing);
    mailer.events = bench.bus.publisherFor({ name: 'mail', emits: [JobMade] });
    const asker = bench.bus.publisherFor({ name: 'shop', emits: [JobMade, JobAsked] });
    const attachment = bench.attach('mail', mailer);
    await attachment.isStored;
    bench.bus.activate(attachment);
    let unpublished = 0;
    for (let job = life * JOBS; job < (life + 1) * JOBS; job++) {
      const key = `k${Math.floor(random() * plan.keys)}`;
      unpublished++;
      void asker.publish(random() < 0.5 ? new JobMade(job, key) : new JobAsked(job, key)).then(() => unpublished--);
      if (random() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    }
    for (let turn = 0; turn < turns; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn % 3 === 0) void bench.clock.advance(2);
      if (turns === Number.POSITIVE_INFINITY && turn % 50 === 0 && unpublished === 0 && (await backlog(bench)) === 0)
        break;
      if (turn > 60_000) throw new Error(`It never ends: ${JSON.stringify(await bench.bus.durable.figures())}`);
    }
    mailer.isAlive = false;
    kill();
    await settle();
  }
  return store;
}

async function backlog(bench: DurableBench): Promise<number> {
  return (await bench.bus.durable.figures()).reduce((sum, figure) => sum + figure.backlog, 0);
}

/** Starts of an event before an older one of its key was done. */
function overtakings({ started }: Journal, order: ReadonlyMap<number, number>): string[] {
  const keyOf = new Map(started.map(({ job, key }) => [job, key]));
  return started.flatMap(({ job, key, life, done }) => {
    const older = [...keyOf].filter(([other, its]) => its === key && (order.get(other) ?? 0) < (order.get(job) ?? 0));
    return older
      .filter(([other]) => !done.has(other))
      .map(([other]) => `${job} before ${other} of ${key} in life ${life}`);
  });
}

const plans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.nat(),
  window: fc.integer({ min: 1, max: 6 }),
  keys: fc.integer({ min: 1, max: 3 }),
  lives: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 }),
  failing: fc.constantFrom(0, 10, 40),
  areReadsDelayed: fc.boolean(),
});

describe('the order of a key', () => {
  it('is that of the commits, whenever the process is killed, whatever fails, and however late the store answers', async () => {
    const check = async (plan: Plan): Promise<void> => {
      const journal = new Journal();
      const store = await live(plan, journal);
      const order = await positions(store);
      expect({
        overtakings: overtakings(journal, order),
        undone: [...order.keys()].filter((job) => !journal.done.has(job)),
      }).toEqual({
        overtakings: [],
        undone: [],
      });
      expect([
        ...(await store.totals('deliveries')),
        ...(await store.totals('delivery-lanes')),
        ...(await store.totals('dead-letters')),
      ]).toEqual([]);
    };
    await fc.assert(fc.asyncProperty(plans, check), { numRuns: RUNS });
  });
});
