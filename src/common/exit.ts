/** How a process of the server may end. */

/** Exit codes of the server; each has one meaning. */
export const EXIT = {
  clean: 0,
  /** An argument that the server does not know. */
  usage: 64,
  /** A plugin was left unclean, the deadline of the shutdown passed, or an uncaught error ended the process. */
  unclean: 70,
  /** The disk of the store failed, or the store cannot be read. */
  storeFailed: 74,
  /** Another process has the store open. */
  storeLocked: 75,
  /** The configuration is wrong. */
  configuration: 78,
  /** A second signal ended the process at once. */
  forced: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
