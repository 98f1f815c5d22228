/** Takes the records of one subscription that are due, as far as there is room, and wakes up for the next ones. */
import { isUrgent } from '../clock/due-clock.js';
import { DELIVERIES, rowOf } from '../records/delivery-row.js';
import type { DeliveryFlow, SessionContext } from './session-context.js';

/** A page has at most so many records; what is in memory stands in it as well. */
const MAX_PAGE = 1_000;
/** Wait where there is little room for more, in milliseconds: a place that becomes free is not worth a look each. */
const PATIENCE_MS = 50;

export class DueRows {
  readonly #wake = (): void => void this.look();
  #isLooking = false;
  #isCalledAgain = false;
  #hasMore = false;
  #hasUrgent = false;
  #isOpen = false;

  constructor(
    private readonly context: SessionContext,
    private readonly flow: DeliveryFlow,
  ) {}

  /** Records wait that go before everything else. */
  get hasUrgent(): boolean {
    return this.#hasUrgent;
  }

  /** Begins with what is due now. */
  open(): Promise<void> {
    this.#isOpen = true;
    return this.look();
  }

  close(): void {
    this.#isOpen = false;
    this.context.shared.timer.disarm(this.#wake);
  }

  /** A record is due at that moment of `DueClock`. */
  expect(due: number): void {
    if (this.#isOpen) this.context.shared.timer.arm(this.#wake, due);
  }

  /** There is room again. */
  goOn(): void {
    if (!this.#hasMore || !this.#isOpen) return;
    const { window, shared } = this.context;
    const free = this.#hasUrgent ? window.urgentRoom : window.room;
    if (free * 4 >= window.size) void this.look();
    else if (window.urgentRoom > 0) this.expect(shared.dues.in(PATIENCE_MS));
  }

  async look(): Promise<void> {
    this.#isCalledAgain = true;
    if (this.#isLooking || !this.#isOpen) return;
    this.#isLooking = true;
    try {
      while (this.#isCalledAgain && this.#isOpen) {
        this.#isCalledAgain = false;
        this.#hasMore = false;
        await this.#takeDue();
      }
    } catch (error) {
      this.context.report('could not look for what is due', error);
    } finally {
      this.#isLooking = false;
      this.context.window.stopCollecting();
    }
  }

  async #takeDue(): Promise<void> {
    const { name, window, opener, shared } = this.context;
    const limit = Math.min(window.held + window.size + 1, MAX_PAGE);
    // The answer of the store may know these as they were before.
    const released = window.collectReleased();
    const before = Number.MAX_SAFE_INTEGER;
    const { records } = await shared.store.scanDue({ table: DELIVERIES, scope: name, before, limit });
    const nowMs = shared.dues.now();
    for (const record of records) {
      const { due, key } = record;
      if (!this.#isOpen) return;
      if (window.has(key) || due === undefined) continue;
      if (released.has(key)) {
        this.#isCalledAgain = true;
        continue;
      }
      const isNow = due <= nowMs;
      if (isNow && (isUrgent(due) ? window.urgentRoom : window.room) > 0) {
        this.flow.take(opener.row(rowOf(record)));
        continue;
      }
      this.#hasMore = isNow;
      this.#hasUrgent = isNow && isUrgent(due);
      if (!isNow) this.expect(due);
      return;
    }
    this.#hasUrgent = false;
    this.#hasMore = records.length === limit;
  }
}
