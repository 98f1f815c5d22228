/** Scheduled jobs of the host as they stand in a `SchedulerRegistry`: ending one there ends the job. */
import { type Clock, idleTimer } from '../common/index.js';
import { type CronJob, type CronLoader, type CronTimetable, timetableOf } from './cron-timetable.js';
import type { CronOptions } from './schedule.metadata.js';
import { MAX_TIMER_MS, type ScheduledJob, type ScheduledJobs } from './scheduled-jobs.js';

export interface CronJobDetails {
  readonly job: ScheduledJob;
  readonly jobs: ScheduledJobs;
  readonly options: CronOptions;
  readonly timetable: CronTimetable;
  readonly load: CronLoader;
  readonly clock: Clock;
}

/** A job of the `cron` package whose `start` and `stop` are those of the host's job; it is not started. */
export function cronJobOf({ job, jobs, options, timetable, load, clock }: CronJobDetails): CronJob | undefined {
  const { cronTime, timeZone, utcOffset, waitForCompletion } = options;
  const onTick = (): Promise<void> => jobs.run(job);
  const made = load().CronJob?.from({ cronTime, timeZone, utcOffset, waitForCompletion, onTick, start: false });
  if (!made) return undefined;
  const given = made.cronTime;
  // `isActive` of the package is a getter on its prototype.
  let isActive = false;
  Object.defineProperty(made, 'isActive', { get: () => isActive });
  made.start = () => {
    if (isActive) return;
    isActive = true;
    jobs.at(job, made.cronTime === given ? timetable : timetableOf(made.cronTime));
  };
  made.stop = () => {
    isActive = false;
    jobs.cancel(job);
  };
  // The package asks its own field, which says nothing here.
  made.setTime = (time) => {
    const wasActive = isActive;
    void made.stop();
    made.cronTime = time;
    if (wasActive) made.start();
  };
  job.fire = () => {
    made.lastExecution = new Date(clock.now());
    void made.fireOnTick();
  };
  return made;
}

/** What `clearInterval` and `clearTimeout` take: a timer that does nothing, and knows whether it was cleared. */
export function timerHandle(job: ScheduledJob): NodeJS.Timeout {
  const handle = idleTimer(MAX_TIMER_MS);
  // Node has no other way to ask.
  job.isCancelled = () => (handle as unknown as Record<string, unknown>)['_destroyed'] === true;
  return handle;
}
