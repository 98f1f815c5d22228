/** The time by which durable events are due: the wall clock is set, the machine is booted or suspended, and nothing comes early or is stuck. */
import { DueClock } from '../../../../../src/events/durable/clock/due-clock.js';
import { MemoryStore, type Store } from '../../../../../src/storage/index.js';
import { FakeClock, settle } from '../../../../support/fake-clock.js';
import { DurableBench, JobMade, Worker } from '../durable-bench.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

/** A clock of a machine that knows how long it has been up. */
class BootedClock extends FakeClock {
  suspendedMs = 0;
  readonly #upMs: number;

  constructor(startedAt: number, upMs: number) {
    super(startedAt);
    this.#upMs = upMs;
  }

  override sinceBootMs(): number {
    return this.#upMs + this.monotonicMs() + this.suspendedMs;
  }
}

/** What is left of `due` in the next process, whose clocks are these. */
async function leftAfterRestart(store: Store, due: number, clock: FakeClock, boot?: string): Promise<number> {
  const dues = new DueClock(clock, { boot: boot ?? '' });
  await dues.load(store, (await store.logStatus()).last);
  return due - dues.now();
}

/** A process that begins at START, has something due in an hour and ends half an hour later. @returns when it is due */
async function halfAnHour(store: Store, { set = 0, clock = new FakeClock(START), boot = '' } = {}): Promise<number> {
  const dues = new DueClock(clock, { boot });
  await dues.load(store, 0);
  dues.begin(store);
  const due = dues.in(HOUR);
  clock.setWall(clock.now() + set);
  await clock.advance(HOUR / 2);
  dues.end();
  await store.commit([dues.put()]);
  return due;
}

describe('the time of dues', () => {
  const jumps: [string, number][] = [
    ['an hour forward', HOUR],
    ['an hour back', -HOUR],
    ['a year back', -365 * DAY],
    ['a year forward', 365 * DAY],
    ['to 1970', -START],
    ['before 1970', -2 * START],
  ];

  it.each(jumps)('goes on as the monotonic clock does when the wall clock is set %s', async (_how, ms) => {
    const clock = new FakeClock(START);
    const dues = new DueClock(clock);
    const due = dues.in(HOUR);
    clock.setWall(clock.now() + ms);
    dues.look();
    await clock.advance(HOUR - 1);
    expect(due - dues.now()).toBe(1);
  });

  it.each(jumps)(
    'counts what the wall clock says of a stop, after it was set %s while the server ran',
    async (_how, ms) => {
      const store = new MemoryStore();
      const due = await halfAnHour(store, { set: ms });
      const next = new FakeClock(START + ms + HOUR / 2 + 60_000);
      expect(await leftAfterRestart(store, due, next)).toBe(HOUR / 2 - 60_000);
    },
  );

  it.each([
    ['an hour', HOUR],
    ['a year', 365 * DAY],
    ['56 years', START],
  ])(
    'does not go back, nor stand still, when the server starts with a wall clock that was set back by %s',
    async (_how, ms) => {
      const store = new MemoryStore();
      const due = await halfAnHour(store);
      expect(await leftAfterRestart(store, due, new FakeClock(START + HOUR / 2 - ms))).toBe(HOUR / 2);
    },
  );

  it('is not stuck when what is due was stored with a wall clock that was a year ahead', async () => {
    const store = new MemoryStore();
    const due = await halfAnHour(store, { clock: new FakeClock(START + 365 * DAY) });
    expect(await leftAfterRestart(store, due, new FakeClock(START + HOUR))).toBe(HOUR / 2);
  });

  it.each(jumps)(
    'knows how long the server was stopped, also when the wall clock was set %s in between',
    async (_how, ms) => {
      const store = new MemoryStore();
      const due = await halfAnHour(store, { clock: new BootedClock(START, 5 * DAY), boot: 'one' });
      const next = new BootedClock(START + ms, 5 * DAY + HOUR / 2 + 60_000);
      const left = await leftAfterRestart(store, due, next, 'one');
      expect([left >= HOUR / 2 - 60_000, left <= HOUR / 2 - 60_000 + 20]).toEqual([true, true]);
    },
  );

  it('goes by the wall clock when the machine was booted again', async () => {
    const store = new MemoryStore();
    const due = await halfAnHour(store, { clock: new BootedClock(START, 5 * DAY), boot: 'one' });
    const next = new BootedClock(START + HOUR / 2 + 60_000, 10);
    expect(await leftAfterRestart(store, due, next, 'two')).toBe(HOUR / 2 - 60_000);
  });

  it('counts the time in which the machine was suspended', async () => {
    const clock = new BootedClock(START, 5 * DAY);
    const dues = new DueClock(clock, { boot: 'one' });
    const due = dues.in(HOUR);
    clock.suspendedMs = HOUR / 2;
    clock.setWall(clock.now() + HOUR / 2);
    dues.look();
    expect(due - dues.now()).toBe(HOUR / 2);
    await clock.advance(HOUR / 2);
    expect(due - dues.now()).toBe(0);
  });

  it('takes a store of an earlier version that has an event of the future for one whose clock was ahead', async () => {
    const store = new MemoryStore();
    await store.commit([{ op: 'append', id: 'a', name: 'x', time: START + DAY, body: '{}' }]);
    expect(await leftAfterRestart(store, START + DAY + HOUR, new FakeClock(START))).toBe(HOUR);
  });

  it('never calls for what is due a fraction of a millisecond early', () => {
    class Fractions extends FakeClock {
      ms = 0.9;
      override monotonicMs(): number {
        return this.ms;
      }
    }
    const clock = new Fractions(START);
    const dues = new DueClock(clock);
    const due = dues.in(10);
    clock.ms = 10.8;
    expect(dues.now()).toBeLessThan(due);
    clock.ms = 11.9;
    expect(dues.now()).toBeGreaterThanOrEqual(due);
  });

  it('keeps the record small, however often the wall clock is set', () => {
    const clock = new FakeClock(START);
    const dues = new DueClock(clock);
    for (let jump = 0; jump < 1_000; jump++) {
      clock.setWall(START + (jump % 2) * HOUR + jump * 2_000);
      dues.look();
    }
    const { value } = dues.put() as { value: string };
    expect((JSON.parse(value) as { stretches: object[] }).stretches).toHaveLength(100);
  });
});

describe('a wall clock that is set', () => {
  it.each([
    ['forward', HOUR + 60_000, 'forward by 1 h 1 min'],
    ['back', -30_000, 'back by 30 s'],
  ])('is reported once for each time, however many plugins there are: %s', async (_how, ms, text) => {
    const bench = await DurableBench.opened();
    for (const plugin of ['mail', 'bills', 'reports']) await bench.started(plugin, new Worker());
    await bench.events.publish(new JobMade(1));
    bench.clock.setWall(bench.clock.now() + ms);
    await bench.clock.advance(10_000);
    const warnings = bench.log.filter(({ message }) => message.startsWith('The wall clock was set'));
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(text)]);
    bench.clock.setWall(bench.clock.now() - ms);
    await bench.clock.advance(10_000);
    expect(bench.log.filter(({ message }) => message.startsWith('The wall clock was set'))).toHaveLength(2);
    await bench.bus.close();
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('is reported when that happened while the server did not run', async () => {
    const store = new MemoryStore();
    const bench = await DurableBench.opened(store);
    await bench.clock.advance(HOUR);
    await bench.bus.close();
    const later = await DurableBench.opened(store);
    expect(later.log).toEqual([
      {
        level: 'warn',
        message: expect.stringContaining(
          'While the server did not run, the wall clock was set back by 1 h, to',
        ) as string,
      },
    ]);
  });

  it('is not reported for a drift of less than a second, and noticed before an event is stored', async () => {
    const bench = await DurableBench.opened();
    await bench.started('mail', new Worker());
    bench.clock.setWall(bench.clock.now() + 900);
    await bench.clock.advance(5_000);
    expect(bench.log).toEqual([]);
    bench.clock.setWall(bench.clock.now() + HOUR);
    await bench.events.publish(new JobMade(1));
    await settle();
    expect(bench.log).toHaveLength(1);
  });
});
