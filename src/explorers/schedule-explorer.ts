/**
 * Serves `@Cron`, `@Interval` and `@Timeout` of @nestjs/schedule in plugins. The package is an optional peer dependency, of which nothing
 * is loaded before the first cron expression. Each start of a plugin has a `SchedulerRegistry` of its own. `threshold` is not followed.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit, Optional, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import { Clock, messageOf, onAbort } from '../common/index.js';
import { type CronLoader, type CronTimetable, cronTimetable, loadInstalledCron } from './cron-timetable.js';
import { ExplorerPackageMissingError, PluginScheduleError } from './explorers.errors.js';
import type { OwnProvider } from '../nest/index.js';
import type { ExploredTarget, ForeignDecorator, PluginExplorer } from './plugin-explorer.port.js';
import { PluginSchedule, type ScheduleSettings } from './plugin-schedule.js';
import { cronJobOf, timerHandle } from './registered-job.js';
import { type CronOptions, type ScheduledMethod, scheduledMethodsOf } from './schedule.metadata.js';
import { MAX_TIMER_MS, type ScheduledJob, ScheduledJobs } from './scheduled-jobs.js';
import { schedulerPartOf } from './scheduler-registry.js';

const PACKAGE = '@nestjs/schedule';

/** The token of the options of `ScheduleModule.forRoot`. */
const SETTINGS = ['SCHEDULE', 'MODULE', 'OPTIONS'].join('_');

type ScheduledCron = Extract<ScheduledMethod, { kind: 'Cron' }>;

interface Scheduling {
  readonly target: ExploredTarget;
  readonly schedule: PluginSchedule;
  readonly jobs: ScheduledJobs;
}

/** The injection token of another way to load `cron`, for tests. */
const CRON_LOADER = Symbol('cron-loader');

/**
 * Starts the timers of a plugin with it, and stops them when it takes no more work; a job that runs then is waited for within the
 * plugin's drain time. Jobs run in the plugin's async context. What they throw is logged with plugin and method.
 */
@Injectable()
export class ScheduleExplorer implements PluginExplorer, OnModuleInit {
  readonly name = 'ScheduleExplorer';
  /** By the signal of one start of one plugin. */
  readonly #schedules = new WeakMap<AbortSignal, PluginSchedule>();
  #settings: ScheduleSettings = {};

  constructor(
    private readonly clock: Clock,
    @Optional() @Inject(CRON_LOADER) private readonly loadCron: CronLoader = loadInstalledCron,
    @Optional() private readonly moduleRef?: ModuleRef,
  ) {}

  /** The application's own `ScheduleModule.forRoot`, where it has one. */
  onModuleInit(): void {
    try {
      this.#settings = this.moduleRef?.get<ScheduleSettings>(SETTINGS, { strict: false }) ?? {};
    } catch (error) {
      if (!(error instanceof UnknownElementException)) throw error;
    }
  }

  claims(decorator: ForeignDecorator): boolean {
    return decorator.package === PACKAGE;
  }

  /**
   * @throws PluginScheduleError for a decorator with arguments that cannot be followed
   * @throws ExplorerPackageMissingError for a cron expression without @nestjs/schedule
   */
  explore(target: ExploredTarget): AsyncDisposable | undefined {
    const schedule = this.#scheduleOf(target.signal);
    const jobs = new ScheduledJobs(this.clock);
    const context: Scheduling = { target, schedule, jobs };
    // All are read before the first is started, so that nothing is left behind when one cannot be.
    const allowed = scheduledMethodsOf(target.type).filter(({ kind }) => schedule.allows(kind, this.#settings));
    const starts = allowed.map((scheduled) => this.#prepare(context, scheduled));
    if (starts.length === 0 && schedule.registries.length === 0) return undefined;
    for (const start of starts) start();
    return {
      [Symbol.asyncDispose]: async () => {
        schedule.empty();
        await jobs[Symbol.asyncDispose]();
      },
    };
  }

  /** A registry of the plugin's own; and nothing of `ScheduleModule` looks through the whole application. */
  provide(token: Type<object>, { signal }: Pick<ExploredTarget, 'plugin' | 'signal'>): OwnProvider | undefined {
    const part = schedulerPartOf(token);
    if (part === undefined) return undefined;
    const schedule = this.#scheduleOf(signal);
    if (part === 'registry') return { useFactory: () => schedule.registryOf(token) };
    if (part === 'orchestrator') return { useFactory: () => ({}) };
    const follow = (settings: ScheduleSettings): object => {
      schedule.follow(settings);
      return {};
    };
    return { inject: [SETTINGS], useFactory: follow };
  }

  #scheduleOf(signal: AbortSignal): PluginSchedule {
    const known = this.#schedules.get(signal);
    if (known) return known;
    const schedule = new PluginSchedule();
    this.#schedules.set(signal, schedule);
    // What the plugin has added since it takes no more work, or in a start that failed.
    onAbort(signal, () => schedule.empty());
    return schedule;
  }

  #prepare(context: Scheduling, scheduled: ScheduledMethod): () => void {
    const job = jobOf(context.target, scheduled);
    if (scheduled.name !== undefined) context.schedule.take(scheduled.kind, scheduled.name, job);
    if (scheduled.kind === 'Cron') return this.#prepareCron(context, job, scheduled);
    const { kind, name = randomUUID() } = scheduled;
    const delayMs = checkedDelay(job, scheduled.options.timeout);
    const { schedule, jobs } = context;
    return () => {
      const [registry] = schedule.registries;
      const handle = registry && timerHandle(job);
      for (const each of schedule.registries) {
        if (handle && kind === 'Interval') each.addInterval(name, handle);
        else if (handle) each.addTimeout(name, handle);
      }
      if (kind === 'Interval') jobs.every(job, delayMs);
      else jobs.once(job, delayMs);
    };
  }

  #prepareCron(
    { schedule, jobs }: Scheduling,
    job: ScheduledJob,
    { options, name = randomUUID() }: ScheduledCron,
  ): () => void {
    const timetable = this.#timetable(job, options);
    const delayMs = checkedDelay(job, options.initialDelay ?? 0);
    return () => {
      const { clock, loadCron: load } = this;
      const made =
        schedule.registries.length > 0 ? cronJobOf({ job, jobs, options, timetable, load, clock }) : undefined;
      if (made) for (const registry of schedule.registries) registry.addCronJob(name, made);
      if (options.disabled) return;
      const start = (): void => (made ? made.start() : jobs.at(job, timetable));
      if (delayMs > 0) jobs.after(job, delayMs, start);
      else start();
    };
  }

  #timetable(job: ScheduledJob, options: CronOptions): CronTimetable {
    try {
      const timetable = cronTimetable(options, this.loadCron);
      // An expression such as the 30th of February can be read, and throws only here.
      timetable(this.clock.now());
      return timetable;
    } catch (error) {
      if (isMissingPackage(error)) {
        throw new ExplorerPackageMissingError({
          plugin: job.plugin,
          neededBy: job.label,
          missing: PACKAGE,
          cause: error,
        });
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
