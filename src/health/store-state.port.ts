/** What health needs to know about the store. The lifecycle room implements it. */

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
