/** Retries, delays, keys and retention under a wall clock that is set: nothing early, nothing stuck. Everything is measured in monotonic time. */
import { OnEvent } from '../../../../../src/events/index.js';
import { MemoryStore } from '../../../../../src/storage/index.js';
import { type FakeClock, settle } from '../../../../support/fake-clock.js';
import { DurableBench, JobMade, Worker } from '../durable-bench.js';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** What happens to the wall clock before second number `second`. */
type Jump = (clock: FakeClock, second: number) => void;

const by =
  (ms: number, at = 3): Jump =>
  (clock, second) => {
    if (second === at) clock.setWall(clock.now() + ms);
  };

const JUMPS: [string, Jump][] = [
  ['not at all', () => undefined],
  ['an hour forward', by(HOUR)],
  ['an hour back', by(-HOUR)],
  ['a year back', by(-365 * 24 * HOUR)],
  ['to 1970', (clock, second) => second === 3 && clock.setWall(0)],
  ['to 2100', (clock, second) => second === 3 && clock.setWall(Date.UTC(2100, 0, 1))],
  [
    'back by an hour for three seconds',
    (clock, second) => {
      by(-HOUR)(clock, second);
      by(HOUR, 6)(clock, second);
    },
  ],
  [
    'there and back each second',
    (clock, second) => clock.setWall(clock.now() + (second % 2 === 0 ? 1 : -1) * (HOUR + second)),
  ],
  ['to anywhere each second', (clock, second) => clock.setWall((second * 7_919_000_000_000) % Date.UTC(2100, 0, 1))],
];

class Retrying {
  readonly attempts: string[] = [];

  constructor(private readonly clock: FakeClock) {}

  @OnEvent(JobMade, {
    delivery: 'durable',
    key: (job: JobMade) => job.customer,
    retry: { attempts: 3, backoffMs: 64_000 },
  })
  handle({ job }: JobMade): void {
    this.attempts.push(`${job}`);
    if (job === 1 && this.attempts.length < 2) throw new Error('down');
    this.at.push([job, this.clock.monotonicMs()]);
  }

  readonly at: [number, number][] = [];
}

async function seconds(bench: DurableBench, jump: Jump, count: number): Promise<void> {
  for (let second = 1; second <= count; second++) {
    jump(bench.clock, second);
    await bench.clock.advance(1_000);
  }
}

describe('a wall clock that is set', () => {
  it.each(JUMPS)('moves no delay: %s', async (_how, jump) => {
    const bench = await DurableBench.opened();
    const at: [number, number][] = [];
    const worker = new Worker();
    worker.behave = ({ job }) => void at.push([job, bench.clock.monotonicMs()]);
    await bench.started('mail', worker);
    for (const delayMs of [1_500, 20_000, 59_999]) await bench.events.publish(new JobMade(delayMs), { delayMs });
    await seconds(bench, jump, 61);
    expect(at).toEqual([
      [1_500, 1_500],
      [20_000, 20_000],
      [59_999, 59_999],
    ]);
  });

  it.each(JUMPS)('moves no retry, and holds up no key behind one: %s', async (_how, jump) => {
    const random = Math.random;
    Math.random = () => 0.999_999;
    try {
      const bench = await DurableBench.opened();
      const retrying = new Retrying(bench.clock);
      await bench.started('mail', retrying);
      for (const job of [1, 2, 3]) await bench.events.publish(new JobMade(job));
      await seconds(bench, jump, 62);
      expect(retrying.at).toEqual([]);
      await seconds(bench, (clock, second) => jump(clock, second + 62), 4);
      expect(retrying.at.map(([job]) => job)).toEqual([1, 2, 3]);
    } finally {
      Math.random = random;
    }
  });

  it.each(JUMPS)('moves no delay over a restart, however it was set before: %s', async (_how, jump) => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    const before = await bench.started('mail', new Worker());
    await bench.events.publish(new JobMade(1), { delayMs: 100_000 });
    await seconds(bench, jump, 30);
    before.close();
    await bench.bus.close();
    // The wall clock of the next process goes on from where the last one's was.
    const later = new DurableBench(store);
    later.clock.setWall(bench.clock.now());
    await later.bus.open();
    const worker = new Worker();
    await later.started('mail', worker);
    await later.clock.advance(69_999);
    expect(worker.jobs).toEqual([]);
    await later.clock.advance(2);
    expect(worker.jobs).toEqual([1]);
  });

  it.each(JUMPS)('neither gives up young events early nor keeps old ones for longer: %s', async (_how, jump) => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store, { retention: 600 });
    await bench.started('mail', new Worker());
    const publish = async (from: number, to: number): Promise<void> => {
      for (let job = from; job <= to; job++) await bench.events.publish(new JobMade(job));
      await settle();
    };
    await publish(1, 5);
    for (let second = 1; second <= 10; second++) {
      jump(bench.clock, second);
      await bench.events.publish(new JobMade(second));
      await bench.clock.advance(1_000);
    }
    await publish(16, 20);
    await bench.clock.advance(580_000);
    expect((await store.logStatus()).first).toBe(1);
    await bench.clock.advance(121_000);
    expect((await store.logStatus()).first).toBe(21);
  });

  it('shows when something is tried next by the new time', async () => {
    const bench = await DurableBench.opened();
    await bench.started('mail', new Worker());
    await bench.events.publish(new JobMade(1));
    bench.clock.setWall(START + HOUR);
    await bench.clock.advance(2_000);
    const { dues } = bench.bus.durable;
    expect(dues.wallOf(dues.in(60_000))).toBe(bench.clock.now() + 60_000);
  });
});
