/** When a `@Cron` method is due, by the `cron` package that @nestjs/schedule brings along, or by a date. */
import { createRequire } from 'node:module';
import type { CronOptions } from './schedule.metadata.js';

/** The part of `cron` 4 that is used: it parses expressions; its timers are not used, because they know no other clock. */
interface CronTime {
  readonly timeZone?: string;
  getNextDateFrom(start: Date, timeZone?: string): { toMillis(): number };
}

interface CronPackage {
  readonly CronTime: new (source: string, timeZone?: unknown, utcOffset?: unknown) => CronTime;
  /** Made for jobs in a `SchedulerRegistry` alone. */
  readonly CronJob?: { from(options: object): CronJob };
}

/** The part of a job of `cron` that is used: it stands in a `SchedulerRegistry` for one that runs by the host's clock. */
export interface CronJob {
  cronTime: CronTime & { readonly realDate?: boolean; readonly source?: unknown };
  lastExecution: Date | null;
  start(): void;
  stop(): void | Promise<void>;
  fireOnTick(): Promise<void>;
  setTime(time: CronJob['cronTime']): void;
}

/** The next time in milliseconds since 1970 that is later than `afterMs`; `undefined` if there is no such time. */
export type CronTimetable = (afterMs: number) => number | undefined;

/** @throws what `require` throws when @nestjs/schedule, or `cron` below it, is not installed */
export type CronLoader = () => CronPackage;

/** Finds `cron` where @nestjs/schedule finds it: it need not lie beside the host. */
export const loadInstalledCron: CronLoader = () => {
  const schedule = createRequire(import.meta.url).resolve('@nestjs/schedule');
  // What is installed under this name has this shape in the versions that @nestjs/schedule 6 to 12 depend on.
  return createRequire(schedule)('cron') as CronPackage;
};

/** @throws an error of `cron` for an expression, a time zone or an offset that it cannot read */
export function cronTimetable({ cronTime, timeZone, utcOffset }: CronOptions, load: CronLoader): CronTimetable {
  if (typeof cronTime !== 'string') return onDate(cronTime);
  const { CronTime } = load();
  const time = new CronTime(cronTime, timeZone, utcOffset);
  const zone = typeof utcOffset === 'number' ? zoneOf(utcOffset) : time.timeZone;
  return (afterMs) => time.getNextDateFrom(new Date(afterMs), zone).toMillis();
}

/** The times of a `CronTime` that a plugin has given to a job with `setTime`. */
export function timetableOf(time: CronJob['cronTime']): CronTimetable {
  if (time.realDate) return onDate(time.source);
  return (afterMs) => time.getNextDateFrom(new Date(afterMs), time.timeZone).toMillis();
}

/** A `Date`, or a `DateTime` of luxon, which has the same value. */
function onDate(date: unknown): CronTimetable {
  const dueMs = typeof date === 'object' ? Number(date) : Number.NaN;
  if (date === null || Number.isNaN(dueMs)) throw new TypeError('the time is neither a cron expression nor a date');
  return (afterMs) => (dueMs > afterMs ? dueMs : undefined);
}

/** The name that luxon has for an offset from UTC in minutes. */
function zoneOf(utcOffset: number): string {
  const minutes = Math.abs(utcOffset);
  return `UTC${utcOffset < 0 ? '-' : '+'}${Math.trunc(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}
