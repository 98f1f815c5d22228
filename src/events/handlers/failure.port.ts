/** Where the room reports what failed, so that delivery knows neither logs nor the bus. */
import type { PublishedEvent } from '../event/published-event.js';
import type { CallTarget } from './handler-call.js';

/** Where failures are reported; the bus logs and publishes them. */
export interface FailurePort {
  /** An attempt failed and another one follows after `delayMs`; `undefined`: once the plugin has restarted. */
  attemptFailed(failure: DeliveryFailure, delayMs: number | undefined): void;
  /** A delivery failed for good. */
  deliveryFailed(failure: DeliveryFailure): void;
  /** A handler that holds a key or a place has not come back by its second deadline. */
  callHangs(call: HangingCall): void;
}

export interface HangingCall {
  readonly target: CallTarget;
  readonly event: PublishedEvent;
  /** How long ago its deadline has passed, in milliseconds. */
  readonly lateMs: number;
}

export interface DeliveryFailure {
  readonly target: CallTarget;
  readonly event: PublishedEvent;
  readonly status: 'failed' | 'timed-out';
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly error: Error;
  /** One of a flood of the same kind, of which the first was reported: counted and published, but not logged. */
  readonly isRepeated: boolean;
  /** The event is kept as a dead letter of the target's subscription. */
  readonly isDeadLetter?: boolean;
  /** How many attempts in a row have met a conflict, and so do not count; `undefined` for another failure. */
  readonly conflicts?: number | undefined;
}
