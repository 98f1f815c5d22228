import { Injectable } from '@nestjs/common';
import { Cron, Interval, Timeout } from '@nestjs/schedule';
import { cronTimetable, loadInstalledCron } from '../../../src/explorers/cron-timetable.js';
import { ScheduleExplorer } from '../../../src/explorers/schedule-explorer.js';
import { FakeClock } from '../../support/fake-clock.js';
import { plugin } from '../../support/hooked-plugin.js';
import { hostApp } from '../../support/host-app.js';

const told: string[] = [];

beforeEach(() => void (told.length = 0));

@Injectable()
class Jobs {
  @Cron('30 * * * * *', { timeZone: 'Asia/Kolkata' })
  everyMinute(): void {
    told.push('cron');
  }

  @Interval(20_000)
  often(): void {
    told.push('interval');
  }

  @Timeout('named', 5_000)
  once(): void {
    told.push('timeout');
  }
}

@Injectable()
class WrongJobs {
  @Interval(1_000)
  often(): void {
    told.push('interval');
  }

  @Cron('every tuesday')
  never(): void {}
}

describe('@nestjs/schedule in a plugin', () => {
  it('runs cron jobs, intervals and timeouts from the start of the plugin to its stop', async () => {
    const clock = new FakeClock();
    {
      await using test = await hostApp([plugin('reports', {}, { providers: [Jobs] })], {
        clock,
        startup: 'background',
        explorers: [ScheduleExplorer],
      });
      await clock.advance(0);
      expect(test.states()).toEqual({ reports: 'ready' });
      await clock.advance(60_000);
      expect(told).toEqual(['timeout', 'interval', 'cron', 'interval', 'interval']);
    }
    await clock.advance(60_000);

    expect(told).toHaveLength(5);
  });

  it('fails a plugin with an expression that cannot be read, and leaves no timer', async () => {
    const clock = new FakeClock();
    await using test = await hostApp([plugin('reports', {}, { providers: [WrongJobs] })], {
      clock,
      startup: 'background',
      explorers: [ScheduleExplorer],
    });
    await clock.advance(10_000);

    expect(test.states()).toEqual({ reports: 'failed' });
    expect(test.host.plugin('reports').reason).toContain('It cannot schedule WrongJobs.never (@Cron): ');
    expect(told).toEqual([]);
  });

  it.each([
    [{ cronTime: '0 30 9 * * *', timeZone: 'Asia/Kolkata' }, '2026-01-01T04:00:00.000Z'],
    [{ cronTime: '0 30 9 * * *', utcOffset: -210 }, '2026-01-01T13:00:00.000Z'],
    [{ cronTime: '0 30 9 * * *', utcOffset: 330 }, '2026-01-01T04:00:00.000Z'],
    [{ cronTime: '0 0 12 * * 1', timeZone: 'Etc/UTC' }, '2026-01-05T12:00:00.000Z'],
    [{ cronTime: new Date('2026-03-01T00:00:00Z') }, '2026-03-01T00:00:00.000Z'],
  ])('finds the next time of %j', (options, expected) => {
    const next = cronTimetable(options, loadInstalledCron)(Date.UTC(2026, 0, 1));

    expect(new Date(next ?? 0).toISOString()).toBe(expected);
  });

  it.each([
    [{ cronTime: 'every tuesday' }, 'Unknown alias'],
    [{ cronTime: '* * * * *', timeZone: 'Nowhere/City' }, 'Invalid timezone.'],
    [{ cronTime: '* * * * *', timeZone: 'Etc/UTC', utcOffset: 60 }, 'timeZone'],
  ])('refuses %j', (options, message) => {
    expect(() => cronTimetable(options, loadInstalledCron)).toThrow(message);
  });
});
