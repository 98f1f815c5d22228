/** What every command of `panotti` gets: its surroundings, and the way to give back an exit code. */
import type { DirectoryOptions } from '../access/open-catalog.js';
import type { ExitCode } from './exit-code.js';
import type { Surroundings } from './surroundings.js';

export interface ProgramContext extends Surroundings {
  /** Takes the exit code of a command that ran. */
  readonly finish: (code: ExitCode) => void;
}

/** The options that every command takes. */
export interface CommonOptions extends DirectoryOptions {
  readonly strict?: true;
}
