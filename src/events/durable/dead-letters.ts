/** What was given up: to be looked at, to be tried again or to be dropped. */
import type { RecordPage, Store } from '../../storage/index.js';
import { DEAD_LETTERS, putRow, type DeadRow, type RecordedError } from './delivery-row.js';
import { openedEvent } from './stored-event.js';

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

  /** Has it delivered again, with all its attempts. @returns whether there was one */
  async retry(subscription: string, eventId: string, nowMs: number): Promise<boolean> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    if (!record) return false;
    const { diedAt: _, ...row } = JSON.parse(record.value) as DeadRow;
    const fresh = { ...row, attempts: 0, starts: 0, key: undefined };
    const { version: expectedVersion } = record;
    await this.store.commit([
      { op: 'delete', table: DEAD_LETTERS, scope: subscription, key: eventId, expectedVersion },
      putRow(subscription, fresh, nowMs),
    ]);
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
