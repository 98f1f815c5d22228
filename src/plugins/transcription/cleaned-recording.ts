/** What this plugin has to know of a recording that is cleaned: its own view of an event of the noise-reduction plugin. */
import { IsString, IsUUID } from 'class-validator';
import { EventContract } from 'panotti';

@EventContract('noise-reduction.completed', { version: 1 })
export class CleanedRecording {
  @IsUUID() recordingId!: string;
  /** Absolute path of a WAV file. */
  @IsString() file!: string;
}
