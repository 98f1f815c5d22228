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
  /** Set where others were in the way, and the same work may succeed later. */
  readonly contention?: Contention | undefined;
}

/** Others have changed, or hold, what was to be changed: `conflict`. What was to be stored finds no room: `room`. */
export type Contention = 'conflict' | 'room';

/** An error with a code from the catalogue and the way out of it. */
export class PanottiError extends Error {
  readonly code: string;
  readonly fix: string;
  readonly plugin: string | undefined;
  readonly contention: Contention | undefined;

  constructor(details: PanottiErrorDetails) {
    super(
      `${details.message}\n  Fix: ${details.fix}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = new.target.name;
    this.code = details.code;
    this.fix = details.fix;
    this.plugin = details.plugin;
    this.contention = details.contention;
  }
}
