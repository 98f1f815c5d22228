/** Removes background noise from finished recordings, and marks where somebody speaks. */
import { isAbsolute } from 'node:path';
import type { OnModuleInit } from '@nestjs/common';
import { isUUID } from 'class-validator';
import { HealthCheck, OnEvent, Plugin, PluginEvents, type EventContext } from 'panotti';
import { CleanedRecordings } from './cleaned-recordings.js';
import { DenoisePool } from './denoise-pool.js';
import { FinishedRecording } from './finished-recording.js';
import { MAX_THREADS, MAX_TIMEOUT_SECONDS, NoiseReductionConfig } from './noise-reduction.config.js';
import { NoiseReductionCompleted, NoiseReductionProgressed, NoiseReductionRejected } from './noise-reduction.events.js';
import { RecordingCleaner } from './recording-cleaner.js';

@Plugin({
  name: 'noise-reduction',
  version: '1.0.0',
  description: 'Removes background noise from finished recordings and marks where somebody speaks.',
  dependencies: { recordings: '^1.0.0' },
  requires: { host: '^1.0.0' },
  config: NoiseReductionConfig,
  emits: [NoiseReductionProgressed, NoiseReductionCompleted, NoiseReductionRejected],
  providers: [CleanedRecordings, DenoisePool, RecordingCleaner],
})
export class NoiseReductionPlugin implements OnModuleInit {
  constructor(
    private readonly cleaner: RecordingCleaner,
    private readonly cleaned: CleanedRecordings,
    private readonly pool: DenoisePool,
    private readonly events: PluginEvents,
  ) {}

  onModuleInit(): Promise<void> {
    return this.cleaned.prepare();
  }

  /**
   * The deadline and the retries are those of the configuration, so the ones of the bus stay out of their way. After a crash the recording comes
   * again, and what was finished is found: the result is published with the acknowledgement, and so once.
   */
  @OnEvent(FinishedRecording, {
    delivery: 'durable',
    timeoutMs: (MAX_TIMEOUT_SECONDS + 5) * 1_000,
    concurrency: MAX_THREADS,
    retry: { attempts: 1 },
  })
  async clean(recording: FinishedRecording, context: EventContext): Promise<void> {
    const { recordingId, file } = recording;
    // It becomes part of a path, and anybody may publish an event of this name.
    if (!isUUID(recordingId) || !isAbsolute(file))
      throw new TypeError('The event names no recording: a UUID and an absolute path are needed.');
    const cleaning = await this.cleaner.clean(recording, context);
    if (cleaning.kind === 'refused') {
      context.logger.warn(`Recording ${recordingId} is refused: ${cleaning.reason}`);
      return this.events.publish(Object.assign(new NoiseReductionRejected(), { recordingId, reason: cleaning.reason }));
    }
    const { durationSeconds, speechSeconds, realTimeFactor } = cleaning.result;
    const facts = { recordingId, ...cleaning.files, durationSeconds, speechSeconds, realTimeFactor };
    context.logger.log(
      `Recording ${recordingId} is cleaned: ${durationSeconds} s of audio, ${speechSeconds} s of speech.`,
    );
    await this.events.publish(Object.assign(new NoiseReductionCompleted(), facts));
  }

  @HealthCheck('cleaning')
  async canClean(): Promise<{ threads: number; waiting: number }> {
    await this.cleaned.probe();
    return this.pool.load;
  }
}
