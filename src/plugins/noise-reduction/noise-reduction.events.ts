/** What the noise-reduction plugin tells others. */
import { IsInt, IsNumber, IsPositive, IsString, IsUUID, Max, Min, MinLength } from 'class-validator';
import { EventContract } from 'panotti';

/** Another tenth of a recording is done. */
@EventContract('noise-reduction.progressed', { version: 1 })
export class NoiseReductionProgressed {
  @IsUUID() recordingId!: string;
  /** 10, 20 … 100. */
  @IsInt() @Min(0) @Max(100) percent!: number;
}

/** A recording is cleaned. */
@EventContract('noise-reduction.completed', { version: 1 })
export class NoiseReductionCompleted {
  @IsUUID() recordingId!: string;
  /** Absolute path of the cleaned WAV file: 48 kHz, mono, 16 bits. */
  @IsString() @MinLength(1) file!: string;
  /** Absolute path of a JSON file with the stretches of speech. */
  @IsString() @MinLength(1) segmentsFile!: string;
  @IsPositive() durationSeconds!: number;
  @IsNumber() @Min(0) speechSeconds!: number;
  /** Seconds of audio cleaned in a second. */
  @IsPositive() realTimeFactor!: number;
}

/** A recording cannot be cleaned, now or later: it is no audio, or too long. */
@EventContract('noise-reduction.rejected', { version: 1 })
export class NoiseReductionRejected {
  @IsUUID() recordingId!: string;
  @IsString() @MinLength(1) reason!: string;
}
