/**
 * Serves `@Cron`, `@Interval` and `@Timeout` of @nestjs/schedule in plugins. The package is an optional peer dependency, of which nothing
 * is loaded before the first cron expression. `SchedulerRegistry` knows nothing of these jobs, and their `threshold` is not followed.
 */
import { Inject, Injectable, Optional } from '@nestjs/common';
import { Clock, messageOf } from '../../common/index.js';
import { type CronLoader, type CronTimetable, cronTimetable, loadInstalledCron } from './cron-timetable.js';
import { ExplorerPackageMissingError, PluginScheduleError } from './explorers.errors.js';
import type { ExploredTarget, ForeignDecorator, PluginExplorer } from './plugin-explorer.port.js';
import { type CronOptions, type ScheduledMethod, scheduledMethodsOf } from './schedule.metadata.js';
import { MAX_TIMER_MS, type ScheduledJob, ScheduledJobs } from './scheduled-jobs.js';

const PACKAGE = '@nestjs/schedule';

/** The injection token of another way to load `cron`, for tests. */
const CRON_LOADER = Symbol('cron-loader');

/**
 * Starts the timers of a plugin with it, and stops them when it takes no more work; a job that runs then is waited for within the
 * plugin's drain time. Jobs run in the plugin's async context. What they throw is logged with plugin and method.
 */
@Injectable()
export class ScheduleExplorer implements PluginExplorer {
  readonly name = 'ScheduleExplorer';

  constructor(
    private readonly clock: Clock,
    @Optional() @Inject(CRON_LOADER) private readonly loadCron: CronLoader = loadInstalledCron,
  ) {}

  claims(decorator: ForeignDecorator): boolean {
    return decorator.package === PACKAGE;
  }

  /**
   * @throws PluginScheduleError for a decorator with arguments that cannot be followed
   * @throws ExplorerPackageMissingError for a cron expression without @nestjs/schedule
   */
  explore(target: ExploredTarget): AsyncDisposable | undefined {
    // All are read before the first is started, so that nothing is left behind when one cannot be.
    const starts = scheduledMethodsOf(target.type).map((scheduled) => this.#prepare(target, scheduled));
    if (starts.length === 0) return undefined;
    const jobs = new ScheduledJobs(this.clock);
    for (const start of starts) start(jobs);
    return jobs;
  }

  #prepare(target: ExploredTarget, scheduled: ScheduledMethod): (jobs: ScheduledJobs) => void {
    const job = jobOf(target, scheduled);
    if (scheduled.kind === 'Cron') return this.#prepareCron(job, scheduled.options);
    const delayMs = checkedDelay(job, scheduled.options.timeout);
    return (jobs) => (scheduled.kind === 'Interval' ? jobs.every(job, delayMs) : jobs.once(job, delayMs));
  }

  #prepareCron(job: ScheduledJob, options: CronOptions): (jobs: ScheduledJobs) => void {
    const timetable = this.#timetable(job, options);
    const delayMs = checkedDelay(job, options.initialDelay ?? 0);
    if (options.disabled) return () => undefined;
    return (jobs) => (delayMs > 0 ? jobs.atAfter(job, timetable, delayMs) : jobs.at(job, timetable));
  }

  #timetable(job: ScheduledJob, options: CronOptions): CronTimetable {
    try {
      const timetable = cronTimetable(options, this.loadCron);
      // An expression such as the 30th of February can be read, and throws only here.
      timetable(this.clock.now());
      return timetable;
    } catch (error) {
      if (isMissingPackage(error)) {
        throw new ExplorerPackageMissingError({ plugin: job.plugin, neededBy: job.label, missing: PACKAGE, cause: error });
      }
      throw new PluginScheduleError(job.plugin, job.label, messageOf(error), error);
    }
  }
}

function jobOf({ plugin, instance, type }: ExploredTarget, { kind, method, options }: ScheduledMethod): ScheduledJob {
  return {
    plugin,
    label: `${type.name}.${method} (@${kind})`,
    // The metadata was found on a method of this name.
    run: () => (instance as Record<string, () => unknown>)[method]?.(),
    background: 'unrefTimeout' in options && options.unrefTimeout === true,
    skipWhileRunning: 'waitForCompletion' in options && options.waitForCompletion === true,
  };
}

function checkedDelay(job: ScheduledJob, delay: unknown): number {
  if (typeof delay === 'number' && delay >= 0 && delay <= MAX_TIMER_MS) return delay;
  throw new PluginScheduleError(job.plugin, job.label, `its time must be from 0 to ${MAX_TIMER_MS} milliseconds`);
}

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}
