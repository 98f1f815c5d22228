/** The timers of the scheduled methods of one object. Errors of a method are logged and go no further. */
import { Logger } from '@nestjs/common';
import { type Clock, type ClockTimer, messageOf, toError } from '../common/index.js';
import { activeContextStorage, RepeatedLines } from '../telemetry/index.js';
import type { CronTimetable } from './cron-timetable.js';

/** The longest delay that a timer of Node takes; it would fire at once for a longer one. */
export const MAX_TIMER_MS = 2_147_483_647;

/** How often the wall clock is looked at: after it was set forward a job is late by this at most. */
const LOOK_MS = 60_000;

/** Of each kind of failure of a job so many are written in full; then they are counted. */
const FAILURES_IN_FULL = 20;

export interface ScheduledJob {
  readonly plugin: string;
  /** For messages: `Reports.daily (@Cron)`. */
  readonly label: string;
  readonly run: () => unknown;
  /** A timer of this job alone does not keep the process alive. */
  readonly background: boolean;
  /** Leaves out a time that comes while the job still runs. */
  readonly skipWhileRunning: boolean;
  /** What a due time does instead of running the job, where a `CronJob` stands for it. */
  fire?: () => unknown;
  /** True once it was ended through its handle in the registry: it never runs again. */
  isCancelled?: () => boolean;
}

export class ScheduledJobs implements AsyncDisposable {
  readonly #logger = new Logger('ScheduleExplorer');
  readonly #timers = new Map<ScheduledJob, ClockTimer>();
  readonly #running = new Map<Promise<void>, ScheduledJob>();
  #isOver = false;

  readonly #repeated: RepeatedLines;

  constructor(private readonly clock: Clock) {
    this.#repeated = new RepeatedLines(clock);
  }

  /** Runs the job once, after `delayMs`. */
  once(job: ScheduledJob, delayMs: number): void {
    this.#after(job, delayMs, () => this.#due(job));
  }

  /** Runs the job every `intervalMs`, whether or not it still runs, as `setInterval` does. */
  every(job: ScheduledJob, intervalMs: number): void {
    this.#after(job, intervalMs, () => {
      if (job.isCancelled?.()) return;
      this.every(job, intervalMs);
      this.#due(job);
    });
  }

  /** Runs the job at each time of the timetable that comes; a time that passed while the process was busy or asleep runs once, late. */
  at(job: ScheduledJob, timetable: CronTimetable): void {
    const dueMs = this.#next(job, timetable);
    if (dueMs !== undefined) this.#waitUntil(dueMs, job, timetable);
  }

  /** Begins with the job after `delayMs`. */
  after(job: ScheduledJob, delayMs: number, begin: () => void): void {
    this.#after(job, delayMs, begin);
  }

  /** Takes the job's next time away; one that runs goes on. */
  cancel(job: ScheduledJob): void {
    this.#timers.get(job)?.cancel();
    this.#timers.delete(job);
  }

  /** Runs the job now, unless it runs and is not to twice. Never rejects. */
  async run(job: ScheduledJob): Promise<void> {
    if (this.#isOver || (job.skipWhileRunning && [...this.#running.values()].includes(job))) return;
    const running = this.#call(job).finally(() => this.#running.delete(running));
    this.#running.set(running, job);
    await running;
  }

  /** Cancels every timer, so that no job begins; resolves when running jobs have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    await Promise.all(this.#running.keys());
  }

  /** An expression can run out of times within the years that `cron` looks ahead; it throws then, and this is a timer's turn. */
  #next(job: ScheduledJob, timetable: CronTimetable): number | undefined {
    try {
      return timetable(this.clock.now());
    } catch (error) {
      this.#logger.error(
        `${job.label} of plugin "${job.plugin}" is not run any more: ${messageOf(error)}`,
        toError(error),
      );
      return undefined;
    }
  }

  /** The wall clock may be set, so it is looked at again: what is due is found anew where it was set back, and runs once where times were passed over. */
  #waitUntil(dueMs: number, job: ScheduledJob, timetable: CronTimetable): void {
    const leftMs = dueMs - this.clock.now();
    this.#after(job, Math.min(Math.max(leftMs, 0), LOOK_MS), () => {
      const isDue = this.clock.now() >= dueMs;
      this.at(job, timetable);
      if (isDue) this.#due(job);
    });
  }

  #after(job: ScheduledJob, delayMs: number, action: () => void): void {
    if (this.#isOver) return;
    this.#timers.set(job, this.clock.after(delayMs, action, { background: job.background }));
  }

  #due(job: ScheduledJob): void {
    if (job.isCancelled?.()) return;
    if (job.fire) job.fire();
    else void this.run(job);
  }

  async #call({ plugin, label, run }: ScheduledJob): Promise<void> {
    // Not `runInContext`: it would take over the request or the event that the plugin happened to be started by.
    const context = {
      plugin,
      eventId: undefined,
      eventName: undefined,
      correlationId: undefined,
      traceparent: undefined,
    };
    await activeContextStorage.run(Object.freeze(context), async () => {
      try {
        await run();
      } catch (error) {
        const line = `${label} of plugin "${plugin}" failed: ${messageOf(error)}`;
        this.#repeated.write({
          group: `${plugin} ${label}`,
          kind: messageOf(error),
          inFull: FAILURES_IN_FULL,
          write: () => this.#logger.error(line, toError(error)),
          writeCount: (count) => this.#logger.error(`${line} (${count})`),
        });
      }
    });
  }
}
