/** One recording, as it is shown over HTTP and as it is kept on disk. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDateString, IsIn, IsInt, IsOptional, IsPositive, IsString, IsUUID, ValidateNested } from 'class-validator';

/** `open`: waits for audio. `recorded`: has audio, which may still be replaced. `ended`: complete and published. */
export type RecordingState = 'open' | 'recorded' | 'ended';

const STATES: readonly RecordingState[] = ['open', 'recorded', 'ended'];

export class RecordingAudio {
  @ApiProperty({ type: 'integer', minimum: 1, description: 'Size of the WAV file in bytes.' })
  @IsInt()
  @IsPositive()
  bytes!: number;

  @ApiProperty({ format: 'double', exclusiveMinimum: true, minimum: 0 })
  @IsPositive()
  durationSeconds!: number;

  @ApiProperty({ type: 'integer', minimum: 1, description: 'In hertz.' })
  @IsInt()
  @IsPositive()
  sampleRate!: number;

  @ApiProperty({ type: 'integer', minimum: 1 })
  @IsInt()
  @IsPositive()
  channels!: number;

  @ApiProperty({ type: 'integer', minimum: 1 })
  @IsInt()
  @IsPositive()
  bitsPerSample!: number;
}

export class Recording {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  id!: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  title?: string;

  @ApiProperty({ enum: STATES })
  @IsIn(STATES)
  state!: RecordingState;

  @ApiProperty({ format: 'date-time' })
  @IsDateString()
  startedAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  @IsOptional()
  @IsDateString()
  endedAt?: string;

  @ApiPropertyOptional({ type: RecordingAudio })
  @IsOptional()
  @ValidateNested()
  @Type(() => RecordingAudio)
  audio?: RecordingAudio;
}
