/** The exit codes of the command, from sysexits.h. */
export const ExitCode = {
  success: 0,
  /** An unknown command or option, or a value that is not allowed. */
  usage: 64,
  /** An unexpected error. */
  software: 70,
  /** The result could not be written, or the store could not be read. */
  inputOutput: 74,
  /** A server has the store open. */
  storeLocked: 75,
  /** The configuration is wrong; with `--strict` also the plugins. */
  configuration: 78,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
