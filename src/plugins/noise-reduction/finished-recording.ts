/** What this plugin has to know of a recording that has ended: its own view of an event of the recordings plugin. */
import { IsString, IsUUID } from 'class-validator';
import { EventContract } from 'panotti';

@EventContract('recording.ended', { version: 1 })
export class FinishedRecording {
  @IsUUID() recordingId!: string;
  /** Absolute path of a WAV file. */
  @IsString() file!: string;
}
