/**
 * Decides whether the log is read on while the memory for what waits behind keys is full. What is read then goes through the store, which takes
 * several times as long: while keys go on, it stays in the log. Keys that do not go on must not hold up the others.
 */
import { nextTurn } from '../../../common/index.js';
import type { Acknowledgements } from './acknowledgements.js';
import type { OrderedLanes } from './ordered-lanes.js';
import type { DeliveryFlow } from './session-context.js';

/** Turns of the event loop without progress after which the log is read nevertheless, until something moves. */
const PATIENCE = 4;

export class FullMemory {
  #moves = 0;
  #isStuck = false;
  #isWatching = false;
  #isClosed = false;

  constructor(
    private readonly lanes: Pick<OrderedLanes<unknown>, 'waiting' | 'limit'>,
    private readonly acknowledgements: Pick<Acknowledgements, 'written'>,
    private readonly flow: Pick<DeliveryFlow, 'goOn'>,
  ) {}

  /** How many events of the log may be taken now. After a 0 the flow goes on when that has changed. */
  get room(): number {
    const left = this.lanes.limit - this.lanes.waiting;
    if (left > 0) return left;
    if (this.#isStuck) return Infinity;
    if (!this.#isWatching && !this.#isClosed) void this.#watch();
    return 0;
  }

  /** Something that waited in memory is handled now. */
  moved(): void {
    this.#moves++;
    this.#isStuck = false;
  }

  close(): void {
    this.#isClosed = true;
  }

  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (!this.#isClosed && !this.#isStuck && this.lanes.waiting >= this.lanes.limit)
      this.#isStuck = !(await this.#hasMoved());
    this.#isWatching = false;
    if (!this.#isClosed) this.flow.goOn();
  }

  async #hasMoved(): Promise<boolean> {
    const before = this.#moves;
    // What has been handled frees its key only when its acknowledgement is on the disk.
    await this.acknowledgements.written();
    for (let turn = 0; turn < PATIENCE && this.#moves === before && !this.#isClosed; turn++) await nextTurn();
    return this.#moves !== before;
  }
}
