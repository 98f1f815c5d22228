/** Takes the records of one subscription whose time has come, as far as there is room, and has itself woken for the next ones. */
import type { Store } from '../../../storage/index.js';
import { DELIVERIES, rowOf, type DeliveryRow } from '../records/delivery-row.js';
import type { DueClock } from '../clock/due-clock.js';
import type { DueTimer } from '../clock/due-timer.js';
import { isUrgent } from '../clock/due-clock.js';

export interface DueRowsPorts {
  readonly subscription: string;
  readonly store: Store;
  readonly dues: DueClock;
  readonly due: DueTimer;
  readonly window: number;
  /** How many more records may be taken. */
  readonly room: (kind: 'urgent' | 'ordinary') => number;
  readonly held: ReadonlySet<string>;
  readonly take: (row: DeliveryRow) => void;
  readonly failed: (error: unknown) => void;
}

/** A page has at most so many; what is held stands in it as well. */
const MAX_PAGE = 1_000;
/** When there is little room for more: it is not worth a look for each place that becomes free. */
const PATIENCE_MS = 50;

export class DueRows {
  readonly #wake = (): void => void this.look();
  #isLooking = false;
  #isCalledAgain = false;
  #hasMore = false;
  #hasUrgent = false;
  #state: 'waiting' | 'open' | 'closed' = 'waiting';
  /** What has left memory since the store was asked: the answer may know it as it was before. */
  readonly #changed = new Set<string>();

  constructor(private readonly ports: DueRowsPorts) {}

  /** Records wait that go before everything else. */
  get hasUrgent(): boolean {
    return this.#hasUrgent;
  }

  /** Begins, with what is due now. */
  open(): Promise<void> {
    this.#state = 'open';
    return this.look();
  }

  close(): void {
    this.#state = 'closed';
    this.ports.due.disarm(this.#wake);
  }

  /** A delivery has left memory: its record is gone, or another one. */
  released(id: string): void {
    if (this.#isLooking) this.#changed.add(id);
  }

  /** A record is there to be handled at `due`, a moment of `DueClock`. */
  expect(due: number): void {
    if (this.#state === 'open') this.ports.due.arm(this.#wake, due);
  }

  /** There is room again. */
  goOn(): void {
    if (!this.#hasMore || this.#state !== 'open') return;
    const { window, room, dues } = this.ports;
    const free = room(this.#hasUrgent ? 'urgent' : 'ordinary');
    if (free * 4 >= window) void this.look();
    else if (room('urgent') > 0) this.expect(dues.in(PATIENCE_MS));
  }

  async look(): Promise<void> {
    this.#isCalledAgain = true;
    if (this.#isLooking || this.#state !== 'open') return;
    this.#isLooking = true;
    try {
      while (this.#isCalledAgain && this.#state === 'open') {
        this.#isCalledAgain = false;
        this.#hasMore = false;
        await this.#takeDue();
      }
    } catch (error) {
      this.ports.failed(error);
    } finally {
      this.#isLooking = false;
    }
  }

  async #takeDue(): Promise<void> {
    const { store, dues, subscription, window, held, room, take } = this.ports;
    const limit = Math.min(held.size + window + 1, MAX_PAGE);
    this.#changed.clear();
    const { records } = await store.scanDue({
      table: DELIVERIES,
      scope: subscription,
      before: Number.MAX_SAFE_INTEGER,
      limit,
    });
    const nowMs = dues.now();
    for (const record of records) {
      const { due } = record;
      if (this.#state !== 'open') return;
      if (held.has(record.key) || due === undefined) continue;
      if (this.#changed.has(record.key)) {
        this.#isCalledAgain = true;
        continue;
      }
      const isNow = due <= nowMs;
      if (isNow && room(isUrgent(due) ? 'urgent' : 'ordinary') > 0) {
        take(rowOf(record));
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
