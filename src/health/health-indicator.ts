/** One health check of a plugin at run time: with a deadline, cached, and never an error for the caller. */
import { Logger } from '@nestjs/common';
import { messageOf, toError, type Clock } from '../common/index.js';
import { runInContext } from '../telemetry/index.js';
import { printableDetails, verdictOf } from './returned-value.js';

/** A public result, so without the text of an error. */
export interface CheckResult {
  readonly status: 'up' | 'down';
  readonly reason?: string;
  readonly details?: object;
}

export interface HealthIndicatorDetails {
  readonly plugin: string;
  readonly name: string;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly clock: Clock;
  readonly run: () => unknown;
  /** Called after each run, before the callers get the result. */
  readonly onResult: (isHealthy: boolean) => void;
}

/** How a run ended. What was thrown goes to the log and nowhere else; what was returned was meant to be shown. */
type Outcome =
  | { readonly kind: 'up'; readonly details: object | undefined }
  | {
      readonly kind: 'failed';
      readonly thrown?: unknown;
      readonly reason?: string | undefined;
      readonly details?: object | undefined;
    }
  | { readonly kind: 'late' };

/** A run that does not end is given up after this many time-outs, and the next one may start. */
const GIVEN_UP_AFTER_TIMEOUTS = 10;

export class HealthIndicator {
  readonly #details: HealthIndicatorDetails;
  readonly #logger: Logger;
  #answer: Promise<CheckResult> | undefined;
  #cached: { readonly result: CheckResult; readonly untilMs: number } | undefined;
  /** The run that has not ended, also when it has been answered for. */
  #running: { readonly startedMs: number } | undefined;
  #lastKind: Outcome['kind'] = 'up';

  constructor(details: HealthIndicatorDetails) {
    this.#details = details;
    this.#logger = new Logger(details.plugin);
  }

  get name(): string {
    return this.#details.name;
  }

  /** Until when the last result is given again, in monotonic milliseconds; `-Infinity` before the first and while a run is under way. */
  get freshUntilMs(): number {
    return this.#answer ? -Infinity : (this.#cached?.untilMs ?? -Infinity);
  }

  /** The cached result, that of the run under way, or that of a new one. Never rejects; settles within the time-out of the check. */
  result(): Promise<CheckResult> {
    if (this.#answer) return this.#answer;
    const nowMs = this.#details.clock.monotonicMs();
    if (this.#cached && nowMs < this.#cached.untilMs) return Promise.resolve(this.#cached.result);
    if (this.#isHung(nowMs)) return Promise.resolve(this.#resultOf({ kind: 'late' }));
    this.#answer = this.#run(nowMs).then((outcome) => this.#keep(this.#resultOf(outcome)));
    return this.#answer;
  }

  #isHung(nowMs: number): boolean {
    return (
      this.#running !== undefined && nowMs - this.#running.startedMs < this.#details.timeoutMs * GIVEN_UP_AFTER_TIMEOUTS
    );
  }

  #keep(result: CheckResult): CheckResult {
    this.#answer = undefined;
    this.#cached = { result, untilMs: this.#details.clock.monotonicMs() + this.#details.cacheMs };
    this.#details.onResult(result.status === 'up');
    return result;
  }

  #run(startedMs: number): Promise<Outcome> {
    const { plugin, clock, timeoutMs } = this.#details;
    const run = { startedMs };
    this.#running = run;
    return new Promise((resolve) => {
      const end = (outcome: Outcome): void => {
        if (this.#running === run) runInContext({ plugin }, () => this.#logChange(outcome));
        resolve(outcome);
      };
      const timer = clock.after(timeoutMs, () => end({ kind: 'late' }), { background: true });
      const finish = async (): Promise<void> => {
        const outcome = await runInContext({ plugin }, () => this.#outcome());
        timer.cancel();
        end(outcome);
        if (this.#running === run) this.#running = undefined;
      };
      void finish();
    });
  }

  async #outcome(): Promise<Outcome> {
    try {
      const returned = await this.#details.run();
      const { isWell, reason } = verdictOf(returned);
      // An Error has no properties to show, and its text is not for everybody.
      const details = returned instanceof Error ? undefined : printableDetails(returned);
      if (isWell) return { kind: 'up', details };
      return returned instanceof Error ? { kind: 'failed', thrown: returned } : { kind: 'failed', reason, details };
    } catch (thrown) {
      return { kind: 'failed', thrown };
    }
  }

  #resultOf(outcome: Outcome): CheckResult {
    switch (outcome.kind) {
      case 'up':
        return { status: 'up', ...(outcome.details && { details: outcome.details }) };
      case 'failed':
        return { status: 'down', reason: 'check failed', ...(outcome.details && { details: outcome.details }) };
      case 'late':
        return { status: 'down', reason: `check did not end within ${this.#details.timeoutMs} ms` };
    }
  }

  /** Once per change and not once per poll: health is asked for every few seconds. */
  #logChange(outcome: Outcome): void {
    if (outcome.kind === this.#lastKind) return;
    this.#lastKind = outcome.kind;
    const who = `Health check "${this.name}" of plugin "${this.#details.plugin}"`;
    if (outcome.kind === 'up') this.#logger.log(`${who} is well again.`);
    else if (outcome.kind === 'late') this.#logger.warn(`${who} did not end within ${this.#details.timeoutMs} ms.`);
    else if (outcome.reason !== undefined) this.#logger.warn(`${who} failed: ${outcome.reason}`);
    else this.#logFailure(who, outcome.thrown);
  }

  #logFailure(who: string, thrown: unknown): void {
    try {
      this.#logger.warn(`${who} failed: ${messageOf(thrown)}`, toError(thrown));
    } catch {
      // A thrown value may have getters that throw too.
      this.#logger.warn(`${who} failed with something that cannot be printed.`);
    }
  }
}
