/** What a command line runs in: a process fills it from itself, a test with what it wants to see. */
import type { Clock } from '../../common/index.js';
import type { Environment } from '../../config/index.js';
import type { ImportWatch, PluginModules } from '../../host/index.js';
import type { ExitCode } from './exit-code.js';

/** Where a command writes: results to one side, everything else to the other. */
export interface Terminal {
  /** Results, for people and for pipes. */
  out(text: string): void;
  /** Reports, errors and usage. */
  err(text: string): void;
  /** True if a person reads `err` as it is written, and not a pipe or a log. */
  readonly isInteractive: boolean;
}

/** Where a command reads a secret: the standard input of the process, or what a test gives. */
export interface SecretInput {
  /** True if a person types: there is a prompt, and what is typed is not shown. */
  readonly isInteractive: boolean;
  /** All of the input, or one typed line after `prompt`. `undefined` if the person gave up, or if it is too long or not UTF-8. */
  read(prompt: string): Promise<string | undefined>;
}

export interface Surroundings {
  readonly terminal: Terminal;
  /** `undefined`: there is no input. */
  readonly input?: SecretInput | undefined;
  readonly environment: Environment;
  /** The folder of the plugins that ship with the server. */
  readonly shipped: string;
  /** `undefined`: the clock of the machine. */
  readonly clock?: Clock | undefined;
  /** For a command that runs until its user ends it: from this call on Ctrl-C aborts the signal and does not end the process. */
  readonly interruption?: (() => AbortSignal) | undefined;
  /** How plugins are imported; `undefined`: with Node's loader. */
  readonly modules?: PluginModules | undefined;
  /** Watches the imports; `undefined`: they are not watched. */
  readonly imports?: ImportWatch | undefined;
}

/** What every command gets: its surroundings, and the way to give back an exit code. */
export interface ProgramContext extends Surroundings {
  /** Takes the exit code of a command that ran. Default: success. */
  readonly finish: (code: ExitCode) => void;
}

/** The directories given on the command line; each has precedence over its environment variable. */
export interface DirectoryOptions {
  readonly configDir?: string;
  readonly dataDir?: string;
}

/** The options that every command takes. */
export interface CommonOptions extends DirectoryOptions {
  readonly strict?: true;
}
