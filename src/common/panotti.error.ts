/** The base of every error that Panotti throws on purpose. The rooms derive their families from it. */

export interface PanottiErrorDetails {
  /** Upper snake case, listed in docs/errors.md. */
  readonly code: string;
  /** What happened, in one sentence that names the plugin, the file or the event. Never a secret or a raw configuration value. */
  readonly message: string;
  /** What the reader can do about it. */
  readonly fix: string;
  /** The plugin concerned, where there is one. */
  readonly plugin?: string | undefined;
  readonly cause?: unknown;
}

/** An error with a code from the catalogue and the way out of it. */
export class PanottiError extends Error {
  readonly code: string;
  readonly fix: string;
  readonly plugin: string | undefined;

  constructor(details: PanottiErrorDetails) {
    super(`${details.message}\n  Fix: ${details.fix}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.fix = details.fix;
    this.plugin = details.plugin;
  }
}
