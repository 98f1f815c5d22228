/** The settings of the recordings plugin. */
import { IsByteSize } from 'panotti';

export class RecordingsConfig {
  /** Largest audio file that is taken, in bytes. */
  // A WAV file cannot declare more than 4 GiB.
  @IsByteSize({ min: '1KiB', max: 4_294_967_295 })
  maxBytes: number = 100 * 1024 * 1024;
}
