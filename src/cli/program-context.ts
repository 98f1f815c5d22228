/** What every command of one command line shares. */
import type { ExitCode } from './exit-code.js';
import type { Surroundings } from './surroundings.js';

export interface ProgramContext extends Surroundings {
  readonly version: string;
  /** Takes the exit code of a command that ran. */
  readonly finish: (code: ExitCode) => void;
}
