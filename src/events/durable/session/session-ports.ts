/** What a session of a durable subscription needs of those around it. */
import type { Clock } from '../../../common/index.js';
import type { FaultPoints, Store } from '../../../storage/index.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { DeadLetterOffice } from '../dead-letters/dead-letter-office.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DueTimer } from '../clock/due-timer.js';
import type { Suspects } from './suspects.js';

export interface SessionPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly dues: DueClock;
  readonly acknowledgements: Acknowledgements;
  readonly suspects: Suspects;
  readonly office: DeadLetterOffice;
  readonly faults: FaultPoints;
  readonly due: DueTimer;
  readonly window: number;
  readonly tail: () => number;
  /** What stands in the log up to here may have been running when the process ended. */
  readonly orphansThrough: number;
  /** Whether the event at this position has overtaken the others, and so is a record. */
  readonly hasOvertaken: (position: number) => boolean;
  /** Nothing waits in the log any more. */
  readonly caughtUp: () => void;
  /** A delivery is over for good. */
  readonly done: () => void;
  /** So many more are parked. */
  readonly parked: (change: number) => void;
  /** It is known which of those that were parked stay so. */
  readonly sorted: () => void;
  /** A position of the log does not concern the subscription. */
  readonly passed: (position: number) => void;
}
