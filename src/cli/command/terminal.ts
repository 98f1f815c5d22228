/** Where a command writes: results to one side, everything else to the other. */
export interface Terminal {
  /** Results, for people and for pipes. */
  out(text: string): void;
  /** Reports, errors and usage. */
  err(text: string): void;
  /** A person reads `err` as it is written, and not a pipe or a log. */
  readonly isInteractive: boolean;
}
