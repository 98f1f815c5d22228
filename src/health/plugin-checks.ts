/** The health checks of one start of one plugin: what they say together, and their runs in the background. */
import type { Clock, ClockTimer } from '../common/index.js';
import type { CheckResult, HealthIndicator } from './health-indicator.js';

export interface PluginChecksDetails {
  readonly clock: Clock;
  /** The pause between two runs in the background, in milliseconds; 0 turns them off. */
  readonly intervalMs: number;
  /** Told when the plugin has become unhealthy, which is when one of its checks is, and when it is healthy again. */
  readonly onChange: (isHealthy: boolean) => void;
}

export class PluginChecks {
  readonly #details: PluginChecksDetails;
  readonly #unhealthy = new Set<string>();
  #indicators: readonly HealthIndicator[] = [];
  #timer: ClockTimer | undefined;
  #isClosed = false;

  constructor(details: PluginChecksDetails) {
    this.#details = details;
  }

  /** Takes the indicators over, and runs them in the background from now on. To be called once. */
  open(indicators: readonly HealthIndicator[]): void {
    this.#indicators = indicators;
    this.#scheduleRun();
  }

  /** From here on no check runs and no change is reported, not even one that a running check finds. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  /** What one of the checks has found. */
  note(check: string, isHealthy: boolean): void {
    const wasHealthy = this.#unhealthy.size === 0;
    if (isHealthy) this.#unhealthy.delete(check);
    else this.#unhealthy.add(check);
    const isHealthyNow = this.#unhealthy.size === 0;
    if (wasHealthy !== isHealthyNow && !this.#isClosed) this.#details.onChange(isHealthyNow);
  }

  /** Until when all results are given again without a run, in monotonic milliseconds. */
  freshUntilMs(): number {
    return Math.min(Infinity, ...this.#indicators.map((indicator) => indicator.freshUntilMs));
  }

  /** All at once; settles within the longest of their time-outs. Never rejects. */
  async results(): Promise<Record<string, CheckResult>> {
    return Object.fromEntries(
      await Promise.all(this.#indicators.map(async (indicator) => [indicator.name, await indicator.result()] as const)),
    );
  }

  /** The pause begins when the run before has ended, so that no check ever overlaps with itself. */
  #scheduleRun(): void {
    const { clock, intervalMs } = this.#details;
    if (intervalMs === 0 || this.#indicators.length === 0 || this.#isClosed) return;
    this.#timer = clock.after(intervalMs, () => void this.results().then(() => this.#scheduleRun()), {
      background: true,
    });
  }
}
