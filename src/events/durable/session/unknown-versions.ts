/** What becomes of the events of one running subscription whose version its handler does not know: they are parked, and due again under a newer handler. */
import type { Clock } from '../../../common/index.js';
import type { Store, StoreOperation } from '../../../storage/index.js';
import type { EventVersionUnknownError } from '../../events.errors.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DurableDelivery } from '../records/durable-delivery.js';
import { park, releaseKnown, type LeftDelivery } from '../records/parked-deliveries.js';

export interface UnknownVersionsPorts {
  readonly subscription: string;
  readonly store: Store;
  /** For the time at which an event was parked. */
  readonly clock: Clock;
  /** For the time from which it is due again. */
  readonly dues: DueClock;
  readonly acknowledgements: Acknowledgements;
  /** The newest version that the handler knows. */
  readonly version: number;
  /** What waits behind it in its key goes into the store with it. */
  readonly block: (key: string) => StoreOperation[];
  /** So many more are parked. */
  readonly parked: (change: number) => void;
  /** It is known which of those that were parked stay so. */
  readonly sorted: () => void;
  /** The delivery is in the store, and no longer in memory. */
  readonly forget: (delivery: DurableDelivery) => void;
  /** Records are due. */
  readonly expect: (due: number) => void;
  readonly left: (left: LeftDelivery) => void;
  readonly failed: (what: string, error: unknown) => void;
}

export class UnknownVersions {
  #isClosed = false;

  constructor(private readonly ports: UnknownVersionsPorts) {}

  close(): void {
    this.#isClosed = true;
  }

  /** Has it wait for a handler that knows it, with its key behind it. Never rejects. */
  async park(delivery: DurableDelivery, error: EventVersionUnknownError): Promise<void> {
    const { subscription, clock, acknowledgements, block, parked, forget, failed } = this.ports;
    const { key } = delivery;
    const operations = park(subscription, delivery, error, clock.now());
    if (key !== undefined) operations.push(...block(key));
    try {
      await acknowledgements.commit(operations);
    } catch (problem) {
      failed('could not park an event', problem);
      return;
    }
    parked(1);
    forget(delivery);
  }

  /** Makes those due that an older handler did not know, as far as this one knows them. Never rejects. */
  async release(): Promise<void> {
    const { subscription, store, dues, version, parked, sorted, expect, left, failed } = this.ports;
    const nowMs = (): number => dues.now();
    const released = (count: number): void => {
      parked(-count);
      expect(nowMs());
    };
    const lost = (lane: LeftDelivery, error: unknown): void => {
      parked(-1);
      failed('gave up a parked event', error);
      left(lane);
    };
    try {
      await releaseKnown({ store, subscription, version, nowMs, isOver: () => this.#isClosed, released, lost });
      if (!this.#isClosed) sorted();
    } catch (error) {
      failed('could not look for what is parked', error);
    }
  }
}
