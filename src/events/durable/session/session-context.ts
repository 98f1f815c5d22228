/** What the parts of one running subscription share, and where they hand on what they find. */
import { messageOf, type Clock } from '../../../common/index.js';
import type { FaultPoints, Store } from '../../../storage/index.js';
import type { Handler } from '../../handlers/handler.js';
import type { Backlog } from '../backlog/backlog.js';
import type { Overtakers } from '../backlog/overtakers.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DueTimer } from '../clock/due-timer.js';
import type { DeadLetterWriter } from '../dead-letters/dead-letter-writer.js';
import type { DeliveryFate, DurableDelivery } from '../records/durable-delivery.js';
import type { LogRange } from '../records/log-range.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { CrashCandidates } from './crash-candidates.js';
import { DeliveryOpener, type OpenedDelivery } from './delivery-opener.js';
import { DeliveryWindow } from './delivery-window.js';
import { OrderedLanes } from './ordered-lanes.js';

/** The same for the sessions of all subscriptions. */
export interface SessionDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly dues: DueClock;
  readonly timer: DueTimer;
  readonly acknowledgements: Acknowledgements;
  readonly crashCandidates: CrashCandidates;
  readonly deadLetters: DeadLetterWriter;
  readonly faults: FaultPoints;
  readonly log: LogRange;
  /** Deliveries of one subscription in memory: `events.durable.window`. */
  readonly window: number;
}

/** What a session has to know of its subscription. */
export interface ServedSubscription {
  readonly name: string;
  readonly backlog: Backlog;
  readonly overtakers: Overtakers;
}

/** The way of a delivery through a session. */
export interface DeliveryFlow {
  /** A delivery comes out of the log or a record. */
  take(opened: OpenedDelivery): void;
  /** A delivery is the first of its key. */
  proceed(delivery: DurableDelivery): void;
  /** An attempt is over. @param due when a record is to be looked at, as a moment of `DueClock` */
  ended(deliveries: readonly DurableDelivery[], fate: DeliveryFate, due?: number): void;
  /** There may be room again. */
  goOn(): void;
}

export class SessionContext {
  readonly name: string;
  readonly backlog: Backlog;
  readonly overtakers: Overtakers;
  readonly opener: DeliveryOpener;
  readonly lanes: OrderedLanes<DurableDelivery>;
  readonly window: DeliveryWindow;
  #isClosed = false;

  constructor(
    { name, backlog, overtakers }: ServedSubscription,
    readonly handler: Handler,
    readonly shared: SessionDependencies,
  ) {
    this.name = name;
    this.backlog = backlog;
    this.overtakers = overtakers;
    this.opener = new DeliveryOpener(name, handler, shared.log.orphansThrough);
    this.lanes = new OrderedLanes(shared.window);
    this.window = new DeliveryWindow(shared.window, this.lanes);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
  }

  /** Logs what the subscription could not do. @param problem such as "could not read the log" */
  report(problem: string, error: unknown): void {
    if (!this.#isClosed)
      this.handler.logger.error(`The durable subscription "${this.name}" ${problem}: ${messageOf(error)}`);
  }
}
