/** What becomes of one event at one handler: it waits, it ends, or it is sent elsewhere. */
import type { AsyncResource } from 'node:async_hooks';
import type { DeliveryOutcome } from '../event/delivery-report.js';
import type { PublishedEvent } from '../event/published-event.js';

export type CallResult = DeliveryOutcome['status'];

/** A delivery that has not reached its handler, or that waits for its next attempt. */
export interface WaitingDelivery {
  readonly event: PublishedEvent;
  /** Earlier calls of the handler. */
  readonly attempts: number;
  /** The async context in which it is delivered. */
  readonly resource: AsyncResource;
}

export interface DeliveryEnd {
  readonly result: CallResult;
  /** Calls of the handler. */
  readonly attempts: number;
  /** Duration of the last attempt; `undefined` if it was not measured. */
  readonly durationMs: number | undefined;
  readonly error: unknown;
  /** True if it is kept as a dead letter. */
  readonly isDeadLetter?: boolean;
}

/** Where a handler sends its deliveries while its plugin restarts, so that handlers know nothing of restarts. */
export interface Detour {
  /** True if a delivery would find a place here; `take` gets it in either case. */
  readonly isOpen: boolean;
  /** Owns the delivery from here on. Never throws. */
  take(delivery: WaitingDelivery): void;
}
