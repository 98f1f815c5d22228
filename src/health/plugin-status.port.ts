/** What health needs to know about the host. The lifecycle room implements it; health itself starts and stops nothing. */

export interface PluginStatus {
  readonly name: string;
  readonly version: string;
  /** As in the state machine of the host: `ready`, `retrying`, `blocked` … */
  readonly state: string;
  /** Whether the plugin serves. */
  readonly isUp: boolean;
  /** Whether it is not meant to run: an operator switched it off, or it waits for a program whose absence it calls normal. It then counts neither for nor against the server. */
  readonly isDisabled: boolean;
  /** Whether the server is not ready without it. */
  readonly isRequired: boolean;
  /** Why it is not up. Shown to anybody, so without the text of an error that was thrown. */
  readonly reason: string | undefined;
}

/** The injection token and the shape of the host's state. */
export abstract class PluginStatusPort {
  /** Whether the first start of all plugins is over, well or not. */
  abstract hasStarted(): boolean;
  /** Whether the server takes no new work because it is about to stop. */
  abstract isDraining(): boolean;
  /** The same array for as long as nothing in it has changed. */
  abstract plugins(): readonly PluginStatus[];
}
