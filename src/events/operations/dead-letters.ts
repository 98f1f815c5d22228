/** Deliveries that were given up: found, looked at, tried again or dropped. */
import { StoreConflictError, type Store } from '../../storage/index.js';
import { matchesPattern } from '../contracts/event-name.js';
import {
  DEAD_LETTERS,
  DELIVERIES,
  freshRow,
  putRow,
  type DeadRow,
  type RecordedError,
} from '../durable/records/delivery-row.js';
import { countsByScope, recordPages } from '../durable/records/pages.js';
import { openedEvent } from '../durable/records/stored-event.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import { DeadLetterForeignError } from '../events.errors.js';
import { chosenSubscriptions } from './operator-choice.js';

export interface DeadLetter {
  readonly subscription: string;
  readonly eventId: string;
  readonly event: string;
  readonly source: string;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /** When it was given up, in milliseconds since 1970. */
  readonly diedAt: number;
  readonly attempts: number;
  /** The latest error first, then what caused it. */
  readonly errors: readonly RecordedError[];
  readonly payload: unknown;
}

/** Each field narrows the choice; without any, all are chosen. */
export interface DeadLetterChoice {
  readonly eventId?: string;
  readonly subscription?: string;
  readonly plugin?: string;
  /** The name of the event, or a pattern. */
  readonly event?: string;
}

/** Each letter has its payload with it. */
const PAGE = 100;

export class DeadLetters {
  constructor(
    private readonly store: Store,
    private readonly known: KnownSubscriptions,
  ) {}

  /**
   * Pages of letters, in the order of subscriptions, then of publication.
   *
   * @param after the letter behind which the pages begin
   * @throws SubscriptionUnknownError
   */
  async *pages(
    choice: DeadLetterChoice = {},
    after?: Pick<DeadLetter, 'subscription' | 'eventId'>,
  ): AsyncGenerator<readonly DeadLetter[]> {
    const counts = await countsByScope(this.store, DEAD_LETTERS);
    for (const subscription of chosenSubscriptions(this.known, [...counts.keys()], choice)) {
      if (after && subscription < after.subscription) continue;
      yield* this.#pagesOf(subscription, choice, after?.subscription === subscription ? after.eventId : undefined);
    }
  }

  async show(subscription: string, eventId: string): Promise<DeadLetter | undefined> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    return record && letterOf(subscription, record.value);
  }

  /**
   * Requeues the delivery with all its attempts.
   *
   * @returns whether there was one
   * @throws DeadLetterForeignError when no subscription has its name, or the one that has it takes another event
   */
  async retry(subscription: string, eventId: string, nowMs: number): Promise<boolean> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    if (!record) return false;
    const { event } = JSON.parse(record.value) as DeadRow;
    const known = this.known.get(subscription);
    if (known?.event !== event.name) throw new DeadLetterForeignError(subscription, event.name, known?.event);
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
    known.requeued(1, nowMs);
    return true;
  }

  /** @returns whether there was one */
  async drop(subscription: string, eventId: string): Promise<boolean> {
    const record = await this.store.get(DEAD_LETTERS, subscription, eventId);
    if (record) await this.store.commit([{ op: 'delete', table: DEAD_LETTERS, scope: subscription, key: eventId }]);
    return record !== undefined;
  }

  async *#pagesOf(
    subscription: string,
    { eventId, event }: DeadLetterChoice,
    after: string | undefined,
  ): AsyncGenerator<readonly DeadLetter[]> {
    if (eventId !== undefined) {
      const letter = await this.show(subscription, eventId);
      if (letter && matches(letter, event)) yield [letter];
      return;
    }
    for await (const page of recordPages(this.store, { table: DEAD_LETTERS, scope: subscription, after, limit: PAGE }))
      yield page.records.map(({ value }) => letterOf(subscription, value)).filter((letter) => matches(letter, event));
  }
}

function matches(letter: DeadLetter, event: string | undefined): boolean {
  return event === undefined || matchesPattern(event, letter.event);
}

function letterOf(subscription: string, value: string): DeadLetter {
  const { event: stored, attempts, errors, diedAt } = JSON.parse(value) as DeadRow;
  const { event } = openedEvent(stored);
  const { id: eventId, time, origin, payload } = event;
  return { subscription, eventId, event: origin.name, source: origin.source, time, diedAt, attempts, errors, payload };
}
