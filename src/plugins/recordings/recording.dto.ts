/** What clients send, checked before it reaches the service, and the page that they get. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { Recording } from './recording.js';

export class OpenRecording {
  @ApiPropertyOptional({ description: 'A name for people; it need not be unique.', minLength: 1, maxLength: 200 })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  title?: string;
}

export class Paging {
  @ApiPropertyOptional({ type: 'integer', default: 20, minimum: 1, maximum: 100 })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @ApiPropertyOptional({ type: 'integer', default: 0, minimum: 0 })
  @Type(() => Number)
  @IsInt()
  @Min(0)
  offset: number = 0;
}

export class RecordingPage {
  @ApiProperty({ type: [Recording], description: 'Newest first.' })
  items!: readonly Recording[];

  @ApiProperty({ type: 'integer', minimum: 0, description: 'How many there are in all.' })
  total!: number;
}
