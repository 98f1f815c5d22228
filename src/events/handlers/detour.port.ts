/** Where a handler sends what it does not take itself, so that delivery knows nothing of restarts. */
import type { AsyncResource } from 'node:async_hooks';
import type { PublishedEvent } from '../event/published-event.js';

/** A delivery that has not come to its handler, or that waits for its next attempt. */
export interface WaitingDelivery {
  readonly event: PublishedEvent;
  /** How often the handler was called already. */
  readonly attempts: number;
  /** The async context that it is to be delivered in. */
  readonly resource: AsyncResource;
}

export interface Detour {
  /** Whether a delivery would find a place here; `take` gets it in either case. */
  readonly isOpen: boolean;
  /** Has the delivery from here on. Never throws. */
  take(delivery: WaitingDelivery): void;
}
