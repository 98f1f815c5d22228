/** Where lines of the log go: the standard output, or what a test puts in its stead. */
export interface LogOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}
