/** Removes from the store what nobody needs any more: every minute, from the first event on, because a store without any needs no care. */
import { Logger } from '@nestjs/common';
import { messageOf, type Clock, type ClockTimer } from '../../../common/index.js';
import type { FaultPoints, Store, StoreOperation } from '../../../storage/index.js';
import { forgetKeys } from '../intake/deduplication.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DurableOptions } from '../durable.options.js';
import { Retention } from './retention.js';

const INTERVAL_MS = 60_000;

export interface HousekeepingPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly dues: DueClock;
  readonly options: DurableOptions;
  readonly faults: FaultPoints;
  /** What is to be stored of subscriptions that are over. */
  readonly expired: () => readonly StoreOperation[];
  /** The log begins here now. */
  readonly trimmed: (first: number) => void;
}

export class Housekeeping {
  readonly #ports: HousekeepingPorts;
  readonly #retention: Retention;
  readonly #logger = new Logger('DurableEvents');
  #timer: ClockTimer | undefined;
  #isOver = false;

  constructor(ports: HousekeepingPorts) {
    this.#ports = ports;
    this.#retention = new Retention(ports.store, ports.dues, ports.options);
  }

  /** Does nothing the second time. */
  begin(): void {
    if (this.#timer || this.#isOver) return;
    const again = (): void => {
      this.#timer = undefined;
      this.begin();
    };
    this.#timer = this.#ports.clock.after(INTERVAL_MS, () => void this.#clean().finally(again), { background: true });
  }

  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  async tidy(): Promise<void> {
    const { store, dues, expired, faults, trimmed } = this.#ports;
    await store.commit([forgetKeys(dues.now()), dues.put(), ...expired()]);
    while (await this.#retention.trim()) faults.reach('log-trimmed');
    const { first } = await store.logStatus();
    dues.trimmed(first);
    trimmed(first);
  }

  async #clean(): Promise<void> {
    try {
      await this.tidy();
    } catch (error) {
      this.#logger.warn(`The store could not be tidied: ${messageOf(error)}`);
    }
  }
}
