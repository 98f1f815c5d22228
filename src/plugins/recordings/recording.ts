/** One recording, as it is shown over HTTP and as it is kept on disk. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDateString, IsIn, IsInt, IsOptional, IsPositive, IsString, IsUUID, ValidateNested } from 'class-validator';

/** `open`: waits for audio. `recorded`: has audio, which may still be replaced. `ended`: complete and published. */
export type RecordingState = 'open' | 'recorded' | 'ended';

const STATES: readonly RecordingState[] = ['open', 'recorded', 'ended'];

export class RecordingAudio {
  @ApiProperty({ description: 'Size of the WAV file in bytes.' })
  @IsInt()
  @IsPositive()
  bytes!: number;

  @ApiProperty()
  @IsPositive()
  durationSeconds!: number;

  @ApiProperty({ description: 'In hertz.' })
  @IsInt()
  @IsPositive()
  sampleRate!: number;

  @ApiProperty()
  @IsInt()
  @IsPositive()
  channels!: number;

  @ApiProperty()
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
