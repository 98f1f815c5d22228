/** What the recordings plugin tells others. */
import { IsInt, IsOptional, IsPositive, IsString, IsUUID, MinLength } from 'class-validator';
import { EventContract } from 'panotti';

/** A session was opened; it has no audio yet. */
@EventContract('recording.started', { version: 1 })
export class RecordingStarted {
  @IsUUID() recordingId!: string;
  @IsOptional() @IsString() title?: string;
}

/** A recording is complete: its file does not change any more. */
@EventContract('recording.ended', { version: 1 })
export class RecordingEnded {
  @IsUUID() recordingId!: string;
  /** Absolute path of the WAV file. */
  @IsString() @MinLength(1) file!: string;
  @IsPositive() durationSeconds!: number;
  /** In hertz. */
  @IsInt() @IsPositive() sampleRate!: number;
  @IsInt() @IsPositive() channels!: number;
}
