/** The settings of the transcription plugin. */
import { ArrayMaxSize, IsString, Matches } from 'class-validator';
import { IsByteSize, IsDuration } from 'panotti';

export const MAX_TIMEOUT_SECONDS = 7_200;
/** Needs the Debian packages pocketsphinx and pocketsphinx-en-us. */
const DEFAULT_COMMAND = 'pocketsphinx_continuous';

export class TranscriptionConfig {
  /** The program that turns speech into text: a name that is found on the PATH, or an absolute path. It is run without a shell. */
  @Matches(/^[^\s\0]+$/, { message: 'command must be the name or the path of one program, without arguments' })
  command: string = DEFAULT_COMMAND;

  /**
   * Its arguments; `{file}` stands for the cleaned recording, a WAV file of 48 kHz, mono, 16 bits. The program prints the text to stdout.
   * The defaults let pocketsphinx take 48 kHz: a window of 2,048 samples is as long there as its usual 512 are at 16 kHz.
   */
  @IsString({ each: true })
  @ArrayMaxSize(100)
  args: string[] = ['-infile', '{file}', '-samprate', '48000', '-nfft', '2048', '-logfn', '/dev/null'];

  /** Longest time for one recording, in seconds; the command is ended after it. */
  @IsDuration({ min: '1s', max: MAX_TIMEOUT_SECONDS }) timeout: number = 300;

  /** Longest text that is taken, in bytes; a command that prints more is ended. */
  // An event holds at most 256 KiB.
  @IsByteSize({ min: 1, max: '250kB' }) maxTextBytes: number = 100_000;
}
