/** Cleans one finished recording: from the files that are there already if they fit, otherwise in the pool, with retries and a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { JoinedSignal, PluginContext, PluginEvents, runOutsideUnits, type EventContext } from 'panotti';
import { CleanedRecordings, type CleanedFiles } from './cleaned-recordings.js';
import { DenoisePool } from './denoise-pool.js';
import type { Denoised } from './denoiser.js';
import { NoiseReductionConfig } from './noise-reduction.config.js';
import type { FinishedRecording } from './finished-recording.js';
import { NoiseReductionProgressed } from './noise-reduction.events.js';

export type Cleaning =
  | { readonly kind: 'cleaned'; readonly result: Denoised; readonly files: CleanedFiles }
  | { readonly kind: 'refused'; readonly reason: string };

const FIRST_RETRY_MS = 1_000;

@Injectable()
export class RecordingCleaner implements OnModuleDestroy {
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly config: NoiseReductionConfig,
    private readonly pool: DenoisePool,
    private readonly cleaned: CleanedRecordings,
    private readonly events: PluginEvents,
    private readonly context: PluginContext,
  ) {}

  /** Waits for what the stop has broken off, so that the process does not end before it has tidied up. */
  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** @throws Error when it is not done within the configured time, or has failed for the last time */
  async clean(recording: FinishedRecording, context: EventContext): Promise<Cleaning> {
    const known = this.config.featureFlags.enableCaching
      ? await this.cleaned.find(recording.recordingId, recording.file)
      : undefined;
    if (known) return { kind: 'cleaned', result: known, files: this.cleaned.files(recording.recordingId) };
    const { timeout } = this.config;
    const deadline = AbortSignal.timeout(timeout * 1_000);
    using joined = new JoinedSignal(context.signal, this.context.signal, deadline);
    const running = this.#withRetries(recording, context, joined.signal);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      if (deadline.aborted)
        throw new Error(`Recording ${recording.recordingId} was not cleaned within ${timeout} s.`, { cause: error });
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }

  async #withRetries(recording: FinishedRecording, context: EventContext, signal: AbortSignal): Promise<Cleaning> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#cleanOnce(recording, signal);
      } catch (error) {
        if (signal.aborted || failures > this.config.retryCount) throw error;
        const waitMs = FIRST_RETRY_MS * 2 ** (failures - 1);
        context.logger.warn(`Recording ${recording.recordingId} is tried again in ${waitMs} ms: ${String(error)}`);
        await sleep(waitMs, undefined, { signal });
      }
    }
  }

  async #cleanOnce({ recordingId, file: source }: FinishedRecording, signal: AbortSignal): Promise<Cleaning> {
    let reason = '';
    let result: Denoised | undefined;
    const progress = new ProgressReport(recordingId, this.config.featureFlags.enableProgress ? this.events : undefined);
    const { maxDurationSeconds } = this.config;
    const files = await this.cleaned.save(recordingId, source, async (target) => {
      const onProgress = (percent: number): void => progress.add(percent);
      const outcome = await this.pool.clean({ source, target, maxDurationSeconds, signal, onProgress });
      if (outcome.kind === 'cleaned') ({ result } = outcome);
      else ({ reason } = outcome);
      return result;
    });
    await progress.published();
    return files && result ? { kind: 'cleaned', result, files } : { kind: 'refused', reason };
  }
}

/** Publishes progress in order, one event after the other, without holding the work up. */
class ProgressReport {
  #published: Promise<void> = Promise.resolve();

  constructor(
    private readonly recordingId: string,
    private readonly events: PluginEvents | undefined,
  ) {}

  add(percent: number): void {
    const { events, recordingId } = this;
    if (!events) return;
    // A progress event that cannot be published is no reason to lose the work; the bus reports the failure of a handler itself.
    const event = Object.assign(new NoiseReductionProgressed(), { recordingId, percent });
    // Told at once, and not with the result of the handler.
    this.#published = this.#published.then(() => runOutsideUnits(() => events.publish(event))).catch(() => undefined);
  }

  published(): Promise<void> {
    return this.#published;
  }
}
