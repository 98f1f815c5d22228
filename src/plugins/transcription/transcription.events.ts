/** What the transcription plugin tells others. */
import { IsString, IsUUID } from 'class-validator';
import { EventContract } from 'panotti';

/** What was said in a recording; empty when nothing was understood. */
@EventContract('transcription.completed', { version: 1 })
export class TranscriptionCompleted {
  @IsUUID() recordingId!: string;
  @IsString() text!: string;
}
