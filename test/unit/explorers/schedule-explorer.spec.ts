import { Logger, SetMetadata, type Type } from '@nestjs/common';
import type { CronLoader } from '../../../src/explorers/cron-timetable.js';
import { ScheduleExplorer } from '../../../src/explorers/schedule-explorer.js';
import { activeContext, runInContext } from '../../../src/telemetry/index.js';
import { FakeClock, settle } from '../../support/fake-clock.js';

const told: string[] = [];

/** A class with a method `work` that is decorated as @nestjs/schedule does it. */
function scheduled(
  kind: 'CRON' | 'INTERVAL' | 'TIMEOUT',
  options: object,
  work: () => unknown = () => told.push('worked'),
): Type<object> {
  class Jobs {
    work(): unknown {
      return work();
    }
  }
  SetMetadata(`SCHEDULE_${kind}_OPTIONS`, options)(Jobs.prototype.work);
  return Jobs;
}

/** Stands for `cron`: every full minute, whatever the expression; the zone is told. */
const everyMinute: CronLoader = () => ({
  CronTime: class {
    readonly timeZone = 'Etc/UTC';

    constructor(
      source: string,
      readonly given?: unknown,
      readonly utcOffset?: unknown,
    ) {
      if (source === 'wrong') throw new Error('Unknown alias: wro');
      told.push(`reads ${source}`);
    }

    getNextDateFrom(start: Date, zone?: string): { toMillis(): number } {
      if (start.getTime() >= endsAt) throw new Error('no time is left');
      if (this.utcOffset !== undefined) told.push(`in ${zone}`);
      return { toMillis: () => (Math.floor(start.getTime() / 60_000) + 1) * 60_000 };
    }
  },
});

let endsAt: number;
let clock: FakeClock;
let explorer: ScheduleExplorer;
let logged: unknown[][];

beforeEach(() => {
  told.length = 0;
  logged = [];
  endsAt = Infinity;
  clock = new FakeClock();
  explorer = new ScheduleExplorer(clock, everyMinute);
  const quiet = () => undefined;
  Logger.overrideLogger({ log: quiet, warn: quiet, error: (...line: unknown[]) => void logged.push(line) });
});

afterEach(() => Logger.overrideLogger(true));

function explore(type: Type<object>): AsyncDisposable | undefined {
  return explorer.explore({ plugin: 'reports', instance: new type(), type, signal: new AbortController().signal });
}

describe('ScheduleExplorer', () => {
  it('claims the decorators of @nestjs/schedule and no other', () => {
    expect(explorer.claims({ package: '@nestjs/schedule', name: '@Cron' })).toBe(true);
    expect(explorer.claims({ package: '@nestjs/cqrs', name: '@Saga' })).toBe(false);
  });

  it('attaches nothing for a class without scheduled methods', () => {
    class Plain {
      get work(): never {
        throw new Error('a getter of the plugin ran');
      }
    }
    expect(explore(Plain)).toBeUndefined();
  });

  it('runs an interval until it is disposed, and leaves no timer', async () => {
    const jobs = explore(scheduled('INTERVAL', { timeout: 1_000 }));
    await clock.advance(999);
    expect(told).toEqual([]);
    await clock.advance(2_001);
    expect(told).toEqual(['worked', 'worked', 'worked']);

    await jobs?.[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(5_000);
    expect(told).toHaveLength(3);
  });

  it('runs a timeout once', async () => {
    explore(scheduled('TIMEOUT', { timeout: 1_000 }));
    await clock.advance(5_000);

    expect(told).toEqual(['worked']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('never runs a timeout whose plugin stopped before it was due', async () => {
    const jobs = explore(scheduled('TIMEOUT', { timeout: 1_000 }));
    await jobs?.[Symbol.asyncDispose]();
    await clock.advance(5_000);

    expect(told).toEqual([]);
  });

  it('runs a cron job at each time of its expression until it is disposed', async () => {
    const jobs = explore(scheduled('CRON', { cronTime: '0 * * * * *' }));
    await clock.advance(59_999);
    expect(told).toEqual(['reads 0 * * * * *']);
    await clock.advance(60_001);
    expect(told.slice(1)).toEqual(['worked', 'worked']);

    await jobs?.[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits on when the wall clock was set back', async () => {
    let setBackMs = 0;
    class SetClock extends FakeClock {
      override now(): number {
        return super.now() - setBackMs;
      }
    }
    clock = new SetClock();
    explorer = new ScheduleExplorer(clock, everyMinute);
    explore(scheduled('CRON', { cronTime: '0 * * * * *' }));
    setBackMs = 30_000;
    await clock.advance(89_999);
    expect(told).toEqual(['reads 0 * * * * *']);

    await clock.advance(1);
    expect(told.slice(1)).toEqual(['worked']);
  });

  it('runs a job within a minute once the wall clock was set to or beyond its time, and once only', async () => {
    explore(scheduled('CRON', { cronTime: new Date(clock.now() + 3_600_000) }));
    await clock.advance(1_000);
    clock.setWall(clock.now() + 7_200_000);
    await clock.advance(60_000);
    expect(told).toEqual(['worked']);

    await clock.advance(7_200_000);
    expect(told).toEqual(['worked']);
  });

  it('runs a job on a date, also one that is further away than a timer reaches, and never on one that has passed', async () => {
    const inFortyDays = clock.now() + 40 * 86_400_000;
    explore(scheduled('CRON', { cronTime: new Date(inFortyDays) }));
    explore(scheduled('CRON', { cronTime: new Date(clock.now() - 1) }));
    await clock.advance(40 * 86_400_000 - 1);
    expect(told).toEqual([]);

    await clock.advance(1);
    expect(told).toEqual(['worked']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('follows disabled, initialDelay and utcOffset', async () => {
    explore(scheduled('CRON', { cronTime: 'off', disabled: true }));
    explore(scheduled('CRON', { cronTime: 'late', initialDelay: 90_000, utcOffset: -330 }));
    await clock.advance(119_999);
    expect(told).toEqual(['reads off', 'reads late', 'in UTC-5:30', 'in UTC-5:30']);

    await clock.advance(1);
    expect(told).toContain('worked');
  });

  it('refuses an expression that has no time at all, and starts nothing of the class', () => {
    class Jobs extends scheduled('INTERVAL', { timeout: 1_000 }) {
      other(): void {}
    }
    SetMetadata('SCHEDULE_CRON_OPTIONS', { cronTime: '0 0 30 2 *' })(Jobs.prototype.other);
    endsAt = clock.now();

    expect(() => explore(Jobs)).toThrow('Plugin "reports" cannot schedule Jobs.other (@Cron): no time is left.');
    expect(clock.pendingTimers).toBe(0);
  });

  it('logs that an expression has run out of times, and goes on with the rest', async () => {
    explore(scheduled('CRON', { cronTime: 'minute' }));
    explore(scheduled('TIMEOUT', { timeout: 61_000 }));
    endsAt = clock.now() + 60_000;
    await clock.advance(120_000);

    expect(told).toEqual(['reads minute', 'worked', 'worked']);
    expect(logged.map(([text]) => text)).toEqual([
      'Jobs.work (@Cron) of plugin "reports" is not run any more: no time is left',
    ]);
  });

  it('leaves out the times that come while the job still runs, if it is told so', async () => {
    let finish = (): void => undefined;
    const work = (): Promise<void> => {
      told.push('begins');
      return new Promise((resolve) => (finish = resolve));
    };
    explore(scheduled('CRON', { cronTime: 'minute', waitForCompletion: true }, work));
    await clock.advance(180_000);
    expect(told).toEqual(['reads minute', 'begins']);

    finish();
    await clock.advance(60_000);
    expect(told).toEqual(['reads minute', 'begins', 'begins']);
  });

  it('waits at its end for the job that runs', async () => {
    let finish = (): void => undefined;
    const jobs = explore(
      scheduled('TIMEOUT', { timeout: 0 }, () => new Promise<void>((resolve) => (finish = resolve))),
    );
    await clock.advance(0);
    const ended = jobs?.[Symbol.asyncDispose]().then(() => told.push('ended'));
    await settle();
    expect(told).toEqual([]);

    finish();
    await ended;
    expect(told).toEqual(['ended']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no paper');
      },
      'no paper',
    ],
    ['rejects', () => Promise.reject(new Error('no paper')), 'no paper'],
    [
      'throws no error',
      () => {
        throw undefined;
      },
      'A value that is no Error was thrown: undefined',
    ],
  ])('logs with plugin and method what a job %s, and goes on', async (_title, work, message) => {
    explore(scheduled('INTERVAL', { timeout: 1_000 }, work));
    await clock.advance(2_000);

    const line = `Jobs.work (@Interval) of plugin "reports" failed: ${message}`;
    expect(logged.map(([text]) => text)).toEqual([line, line]);
  });

  it('runs jobs in the context of the plugin, and not in that of the request that started it', async () => {
    const seen: unknown[] = [];
    runInContext({ plugin: 'admin', correlationId: 'restart-request', eventId: 'e1' }, () =>
      explore(scheduled('INTERVAL', { timeout: 1_000 }, () => seen.push(activeContext()))),
    );
    await clock.advance(1_000);

    expect(seen).toEqual([
      { plugin: 'reports', eventId: undefined, eventName: undefined, correlationId: undefined, traceparent: undefined },
    ]);
  });

  it('calls the method on the instance, also an inherited one', async () => {
    class Base {
      name = 'base';
      work(): void {
        told.push(this.name);
      }
    }
    SetMetadata('SCHEDULE_TIMEOUT_OPTIONS', { timeout: 1 })(Base.prototype.work);
    class Derived extends Base {
      override name = 'derived';
    }
    explore(Derived);
    await clock.advance(1);

    expect(told).toEqual(['derived']);
  });

  it.each([
    ['INTERVAL', { timeout: Number.NaN }, 'its time must be from 0 to 2147483647 milliseconds'],
    ['TIMEOUT', { timeout: 2 ** 31 }, 'its time must be from 0 to 2147483647 milliseconds'],
    ['TIMEOUT', { timeout: undefined }, 'its time must be from 0 to 2147483647 milliseconds'],
    ['CRON', { cronTime: 'wrong' }, 'Unknown alias: wro'],
    ['CRON', { cronTime: undefined }, 'the time is neither a cron expression nor a date'],
    ['CRON', { cronTime: new Date('never') }, 'the time is neither a cron expression nor a date'],
  ] as const)('refuses %s %j, and starts nothing of the class', (kind, options, problem) => {
    class Jobs extends scheduled('INTERVAL', { timeout: 1_000 }) {
      other(): void {}
    }
    SetMetadata(`SCHEDULE_${kind}_OPTIONS`, options)(Jobs.prototype.other);

    expect(() => explore(Jobs)).toThrow(
      `Plugin "reports" cannot schedule Jobs.other (@${kind[0]}${kind.slice(1).toLowerCase()}): ${problem}.`,
    );
    expect(clock.pendingTimers).toBe(0);
  });

  it('names the package to install when a cron expression needs it', () => {
    explorer = new ScheduleExplorer(clock, () => {
      throw Object.assign(new Error("Cannot find module '@nestjs/schedule'"), { code: 'MODULE_NOT_FOUND' });
    });

    expect(() => explore(scheduled('CRON', { cronTime: '* * * * *' }))).toThrow(
      expect.objectContaining({
        code: 'EXPLORER_PACKAGE_MISSING',
        message: expect.stringContaining('npm install @nestjs/schedule'),
      }),
    );
    // Without an expression nothing is loaded.
    expect(explore(scheduled('INTERVAL', { timeout: 1 }))).toBeDefined();
  });
});
