/** The event that reports a delivery that failed for good. */
import { EventContract } from '../contracts/event-contract.decorator.js';

/** The name of `EventFailed`; a handler of it that fails publishes no further one. */
export const EVENT_FAILED = 'panotti.event.failed';

/** Published by the host after the last attempt of a handler. */
@EventContract(EVENT_FAILED)
export class EventFailed {
  /** The plugin whose handler failed. */
  readonly plugin!: string;
  /** `Class.method`. */
  readonly handler!: string;
  /** The name of the event that it failed on, its id and who had published it. */
  readonly event!: string;
  readonly eventId!: string;
  readonly source!: string;
  /** Calls of the handler. */
  readonly attempts!: number;
  readonly status!: 'failed' | 'timed-out';
  /** The name and the message of the error. */
  readonly error!: string;

  constructor(details: EventFailed) {
    Object.assign(this, details);
  }
}
