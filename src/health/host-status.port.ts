/** What health needs to know about the host and the store. The lifecycle room implements it; health itself starts and stops nothing. */

export interface PluginStatus {
  readonly name: string;
  readonly version: string;
  /** As in the state machine of the host: `ready`, `retrying`, `blocked` … */
  readonly state: string;
  /** True if the plugin serves. */
  readonly isUp: boolean;
  /** True if it is not meant to run: an operator switched it off, or it waits for a program whose absence is normal. It is then ignored. */
  readonly isDisabled: boolean;
  /** True if the server is not ready without it. */
  readonly isRequired: boolean;
  /** Why it is not up. It is public, so without the text of a thrown error. */
  readonly reason: string | undefined;
}

/** The injection token and the shape of the host's state. */
export abstract class PluginStatusPort {
  /** True once the first start of all plugins is over, also if plugins have failed. */
  abstract hasStarted(): boolean;
  /** True if the server takes no new work because it is about to stop. */
  abstract isDraining(): boolean;
  /** The same array for as long as nothing in it has changed. */
  abstract plugins(): readonly PluginStatus[];
}

export interface StoreState {
  /** `full`: nothing can be stored until there is space on the disk. `failed`: nothing will be stored before the next start. */
  readonly state: 'ready' | 'full' | 'failed';
  /** Places that were found damaged since the start. */
  readonly damaged: number;
  /** How many events and records are not yet sealed with the current key. */
  readonly resealLeft: number;
}

/** The injection token and the shape of the store's state. */
export abstract class StoreStatePort {
  abstract store(): StoreState;
}
