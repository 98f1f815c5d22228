/** The settings of the noise-reduction plugin, and the limits that its decorators share with them. */
import { availableParallelism } from 'node:os';
import { IsBoolean, IsInt, Matches, Max, Min } from 'class-validator';
import { Describe, IsDuration, Nested } from 'panotti';

/** More threads than this are never used, whatever the machine: they would only take memory bandwidth from each other. */
export const MAX_THREADS = 8;
export const MAX_TIMEOUT_SECONDS = 3_600;

export class NoiseReductionFeatures {
  /** Whether a recording that was cleaned before, and has not changed since, is answered from what is there. */
  @IsBoolean() enableCaching: boolean = true;
  /** Whether `noise-reduction.progressed` is published. */
  @IsBoolean() enableProgress: boolean = true;
}

export class NoiseReductionConfig {
  /** Folder for the cleaned audio, relative to the plugin's data directory. */
  @Matches(/^[\w-]+(\/[\w-]+)*$/, {
    message: 'outputDirectory must be a relative path of letters, digits, dashes and underscores',
  })
  outputDirectory: string = 'cleaned';

  /** Longest time for one recording, with its retries and the wait for a thread, in seconds. */
  @IsDuration({ min: '1s', max: MAX_TIMEOUT_SECONDS }) timeout: number = 300;

  /** How often a recording is tried again after a failure that may pass, such as a full disk. */
  @IsInt() @Min(0) @Max(10) retryCount: number = 3;

  @Describe('Threads that clean at the same time. The default leaves one processor to the server.', {
    defaultText: 'one less than there are processors, at most 4',
  })
  @IsInt()
  @Min(1)
  @Max(MAX_THREADS)
  threads: number = Math.min(4, Math.max(1, availableParallelism() - 1));

  /** Longer recordings are refused, in seconds. */
  @IsDuration({ min: '1ms' }) maxDurationSeconds: number = 3_600;

  @Nested(() => NoiseReductionFeatures) featureFlags: NoiseReductionFeatures = new NoiseReductionFeatures();
}
