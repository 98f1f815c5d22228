/** What was given up: to be looked at, to be tried again or to be dropped. */
import { StoreConflictError, type RecordPage, type Store } from '../../storage/index.js';
import { DeadLetterForeignError } from '../events.errors.js';
import { DEAD_LETTERS, DELIVERIES, freshRow, putRow, type DeadRow, type RecordedError } from '../durable/records/delivery-row.js';
import { openedEvent } from '../durable/records/stored-event.js';

export interface DeadLetter {
  readonly subscription: string;
  readonly eventId: string;
  readonly event: string;
  readonly source: string;
  /** When it was published, and when it was given up; in milliseconds since 1970. */
  readonly time: number;
  readonly diedAt: number;
  readonly attempts: number;
  /** The latest error first, then what caused it. */
  readonly errors: readonly RecordedError[];
  readonly payload: unknown;
}

export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** The `after` of the next page; `undefined` after the last. */
  readonly next: string | undefined;
}

export class DeadLetters {
  constructor(
    private readonly store: Store,
    /** The event that a subscription takes; `undefined` where there is none of that name. */
    private readonly eventOf: (subscription: string) => string | undefined,
    /** A record of the subscription is due. */
    private readonly expect: (subscription: string, due: number) => void,
  ) {}

  /** By subscription: how many there are. */
  async totals(): Promise<ReadonlyMap<string, number>> {
    return new Map((await this.store.totals(DEAD_LETTERS)).map(({ scope, count }) => [scope, count]));
  }

  /** In the order of publication; at most `limit`, by default 1,000. */
  async list(subscription: string, after?: string, limit?: number): Promise<DeadLetterPage> {
    const page: RecordPage = await this.store.scan({ table: DEAD_LETTERS, scope: subscription, after, limit });
    return { letters: page.records.map(({ value }) => letterOf(subscription, value)), next: page.next };
  }

  async show(subscription: string, eventId: string): Promise<DeadLetter | undefined> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    return record && letterOf(subscription, record.value);
  }

  /**
   * Has it delivered again, with all its attempts.
   *
   * @returns whether there was one
   * @throws DeadLetterForeignError when no subscription has its name, or the one that has it takes another event
   */
  async retry(subscription: string, eventId: string, nowMs: number): Promise<boolean> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    if (!record) return false;
    const { event } = JSON.parse(record.value) as DeadRow;
    const taken = this.eventOf(subscription);
    if (taken !== event.name) throw new DeadLetterForeignError(subscription, event.name, taken);
    const { version: expectedVersion } = record;
    const end = { op: 'delete', table: DEAD_LETTERS, scope: subscription, key: eventId, expectedVersion } as const;
    try {
      await this.store.commit([end, putRow(subscription, freshRow(event), nowMs, 0)]);
    } catch (error) {
      if (!(error instanceof StoreConflictError) || !(await this.store.get(DELIVERIES, subscription, eventId)))
        throw error;
      // It is on its way again already: it was replayed.
      await this.store.commit([end]);
      return true;
    }
    this.expect(subscription, nowMs);
    return true;
  }

  /** @returns whether there was one */
  async drop(subscription: string, eventId: string): Promise<boolean> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    if (record) await this.store.commit([{ op: 'delete', table: DEAD_LETTERS, scope: subscription, key: eventId }]);
    return record !== undefined;
  }
}

function letterOf(subscription: string, value: string): DeadLetter {
  const { event: stored, attempts, errors, diedAt } = JSON.parse(value) as DeadRow;
  const { event } = openedEvent(stored);
  const { id: eventId, time, origin, payload } = event;
  return { subscription, eventId, event: origin.name, source: origin.source, time, diedAt, attempts, errors, payload };
}
