/** What is counted for one handler, as plain numbers: the registry of metrics reads them when it is scraped, never before. */
import type { CallResult } from './handlers/handler-call.js';

/** Upper bounds of the buckets of handler durations, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

export class HandlerCounters {
  handled = 0;
  failed = 0;
  timedOut = 0;
  abandoned = 0;
  retried = 0;
  durationCount = 0;
  durationSum = 0;
  /** Not cumulated; what is longer than the last bound is only in `durationCount`. */
  readonly durationBuckets: number[] = DURATION_BOUNDS.map(() => 0);

  constructor(
    readonly plugin: string,
    readonly handler: string,
    /** The name or pattern that it is subscribed to. */
    readonly event: string,
  ) {}

  ended(result: CallResult): void {
    if (result === 'handled') this.handled++;
    else if (result === 'failed') this.failed++;
    else if (result === 'timed-out') this.timedOut++;
    else this.abandoned++;
  }

  measured(durationMs: number): void {
    const seconds = durationMs / 1_000;
    this.durationCount++;
    this.durationSum += seconds;
    const bucket = DURATION_BOUNDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.durationBuckets[bucket] = (this.durationBuckets[bucket] ?? 0) + 1;
  }
}
