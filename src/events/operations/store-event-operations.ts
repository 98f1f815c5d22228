/** The operations on a store that is open in this process, be it that of the server or that of a command while no server runs. */
import { nearestWord, type Clock } from '../../common/index.js';
import { StoreConflictError, type LogEntry, type Store } from '../../storage/index.js';
import { matchesPattern } from '../contracts/event-name.js';
import { DeadLetters, type DeadLetter, type DeadLetterChoice } from './dead-letters.js';
import { DueClock } from '../durable/clock/due-clock.js';
import type { DurableEvents } from '../durable/durable-events.js';
import { EventReplay } from './event-replay.js';
import { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import { ParkedEvents } from '../durable/subscribers/parked-events.js';
import { logPages } from '../durable/records/pages.js';
import { openedEvent } from '../durable/records/stored-event.js';
import type { CommitSignal } from './commit-signal.js';
import { DeliveryStandings } from './delivery-standings.js';
import {
  EventOperations,
  type DeadLetterList,
  type DeadLetterOutcome,
  type DeadLetterQuery,
  type EventDetails,
  type EventHead,
  type EventPage,
  type EventQuery,
  type FollowQuery,
  type ListedDeadLetter,
  type ParkedChoice,
  type ParkedList,
  type ParkedQuery,
  type ReplayPlan,
  type ReplayQuery,
  type SkipChoice,
} from './event-operations.port.js';
import { newestEntries } from './newest-entries.js';
import { DeadLetterNotFoundError, EventNotFoundError, SubscriptionUnknownError } from './operations.errors.js';
import { similarId } from './operator-choice.js';
import { ParkedOperations } from './parked-operations.js';

interface OperationsParts {
  readonly store: Store;
  readonly dues: DueClock;
  readonly known: KnownSubscriptions;
  readonly deadLetters: DeadLetters;
  readonly parked: ParkedEvents;
  /** Missing if no server changes the store. */
  readonly commits?: CommitSignal;
}

const FOLLOW_PAGE = 100;
/** Among how many of the newest ids a similar one is looked for. */
const SIMILAR_AMONG = 500;

export class StoreEventOperations extends EventOperations {
  readonly #parts: OperationsParts;
  readonly #parked: ParkedOperations;

  private constructor(parts: OperationsParts) {
    super();
    this.#parts = parts;
    this.#parked = new ParkedOperations(parts.store, parts.known, parts.parked);
  }

  /** For a store in which no handler is being called. What it puts there is delivered once a server runs. */
  static async offline(store: Store, clock: Clock): Promise<StoreEventOperations> {
    const known = new KnownSubscriptions(store);
    const dues = new DueClock(clock);
    const { last } = await store.logStatus();
    await dues.load(store, last);
    await known.load(last);
    const parked = new ParkedEvents(store, known);
    return new StoreEventOperations({ store, dues, known, deadLetters: new DeadLetters(store, known), parked });
  }

  /** For the store of a server that runs: what comes of it is delivered at once. */
  static live(durable: DurableEvents, parts: { store: Store; commits: CommitSignal }): StoreEventOperations {
    const { known, parked, dues } = durable;
    return new StoreEventOperations({
      ...parts,
      dues,
      known,
      deadLetters: new DeadLetters(parts.store, known),
      parked,
    });
  }

  get isLive(): boolean {
    return this.#parts.commits !== undefined;
  }

  async listEvents(query: EventQuery): Promise<EventPage> {
    const { store, known, dues } = this.#parts;
    const { entries, next, last, damaged } = await newestEntries(store, query);
    const standings = await DeliveryStandings.read(store, known, dues);
    const events = [];
    for (const entry of entries) events.push({ ...headOf(entry), deliveries: await standings.of(entry) });
    return { events, ...(next !== undefined && { next }), last, damaged };
  }

  async showEvent(id: string): Promise<EventDetails> {
    const { store, known, dues } = this.#parts;
    const entry = await this.#find(id);
    const { event, priority } = openedEvent(entry);
    const { correlationId, causationId, traceparent, payload } = event;
    return {
      ...headOf(entry),
      correlationId,
      ...(causationId !== undefined && { causationId }),
      ...(traceparent !== undefined && { traceparent }),
      priority,
      payload,
      deliveries: await (await DeliveryStandings.read(store, known, dues)).of(entry),
    };
  }

  async *followEvents({ name, after }: FollowQuery, signal: AbortSignal): AsyncGenerator<EventHead> {
    const { store, commits } = this.#parts;
    for (let seen = after; !signal.aborted;) {
      // Taken before the log is read: commits during the read wake it.
      const news = commits?.next(signal);
      const { last: through } = await store.logStatus();
      if (seen < through) {
        for await (const page of logPages(store, { after: seen, through, limit: FOLLOW_PAGE })) {
          for (const entry of page.entries)
            if (name === undefined || matchesPattern(name, entry.name)) yield headOf(entry);
          if (signal.aborted) return;
        }
      }
      seen = Math.max(seen, through);
      if (!news) return;
      await news;
    }
  }

  async planReplay(query: ReplayQuery): Promise<ReplayPlan> {
    return this.#replay(query, 'plan');
  }

  async replay(query: ReplayQuery): Promise<ReplayPlan> {
    return this.#replay(query, 'carry out');
  }

  async listParked(query: ParkedQuery): Promise<ParkedList> {
    return this.#parked.list(query);
  }

  async countParked(choice: ParkedChoice): Promise<number> {
    return this.#parked.count(choice);
  }

  async skipParked(choice: SkipChoice): Promise<number> {
    return this.#parked.skip(choice);
  }

  async listDeadLetters(query: DeadLetterQuery): Promise<DeadLetterList> {
    const { limit, after } = query;
    const letters: DeadLetter[] = [];
    for await (const page of this.#parts.deadLetters.pages(
      query,
      after === undefined ? undefined : placeOfToken(after),
    )) {
      letters.push(...page.slice(0, limit + 1 - letters.length));
      if (letters.length > limit) break;
    }
    const shown = letters.slice(0, limit);
    const last = shown.at(-1);
    return {
      letters: shown.map((letter) => this.#listed(letter)),
      ...(letters.length > limit && last && { next: tokenOf(last) }),
    };
  }

  async showDeadLetters(choice: DeadLetterChoice & { readonly eventId: string }): Promise<readonly DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const page of this.#parts.deadLetters.pages(choice)) letters.push(...page);
    if (letters.length === 0) throw await this.#noLetter(choice.eventId, choice);
    return letters;
  }

  async countDeadLetters(choice: DeadLetterChoice): Promise<number> {
    let count = 0;
    for await (const page of this.#parts.deadLetters.pages(choice)) count += page.length;
    return count;
  }

  async retryDeadLetters(choice: DeadLetterChoice): Promise<DeadLetterOutcome> {
    const { deadLetters, dues, known } = this.#parts;
    return this.#withEach(choice, async ({ subscription, eventId, event }) => {
      if (known.get(subscription)?.event !== event) return 'stranded';
      return (await deadLetters.retry(subscription, eventId, dues.now())) ? 'done' : 'gone';
    });
  }

  async dropDeadLetters(choice: DeadLetterChoice): Promise<DeadLetterOutcome> {
    const { deadLetters } = this.#parts;
    return this.#withEach(choice, async ({ subscription, eventId }) => {
      return (await deadLetters.drop(subscription, eventId)) ? 'done' : 'gone';
    });
  }

  #listed({ subscription, eventId, event, source, time, diedAt, attempts, errors }: DeadLetter): ListedDeadLetter {
    const plugin = this.#parts.known.get(subscription)?.plugin ?? null;
    return { subscription, plugin, eventId, event, source, time, diedAt, attempts, errors };
  }

  async #withEach(
    choice: DeadLetterChoice,
    act: (letter: DeadLetter) => Promise<'done' | 'stranded' | 'gone'>,
  ): Promise<DeadLetterOutcome> {
    const counts = { done: 0, stranded: 0, gone: 0 };
    for await (const page of this.#parts.deadLetters.pages(choice)) {
      // Together, so that they share a transaction.
      for (const result of await Promise.all(page.map((letter) => unlessTaken(act(letter))))) counts[result]++;
    }
    if (choice.eventId !== undefined && counts.done + counts.stranded === 0)
      throw await this.#noLetter(choice.eventId, choice);
    return { count: counts.done, stranded: counts.stranded };
  }

  async #replay(query: ReplayQuery, mode: 'plan' | 'carry out'): Promise<ReplayPlan> {
    const { known } = this.#parts;
    if (query.eventId !== undefined) await this.#find(query.eventId);
    if (query.subscription !== undefined && !known.get(query.subscription)) {
      const names = known.names().toSorted();
      throw new SubscriptionUnknownError(
        'durable subscription',
        query.subscription,
        nearestWord(query.subscription, names),
        names,
      );
    }
    return new EventReplay(query, mode, this.#parts).run();
  }

  async #find(id: string): Promise<LogEntry> {
    const { store } = this.#parts;
    const entry = await store.findEntry(id);
    if (entry) return entry;
    const { entries } = await newestEntries(store, { limit: SIMILAR_AMONG });
    throw new EventNotFoundError(
      id,
      similarId(
        id,
        entries.map((each) => each.id),
      ),
    );
  }

  async #noLetter(eventId: string, { subscription }: DeadLetterChoice): Promise<DeadLetterNotFoundError> {
    const ids = new Set<string>();
    for await (const page of this.#parts.deadLetters.pages({})) {
      for (const letter of page) ids.add(letter.eventId);
      if (ids.size >= SIMILAR_AMONG) break;
    }
    return new DeadLetterNotFoundError(
      eventId,
      subscription,
      similarId(
        eventId,
        [...ids].filter((id) => id !== eventId),
      ),
    );
  }
}

function headOf(entry: LogEntry): EventHead {
  const { event } = openedEvent(entry);
  const { version, source } = event.origin;
  const { id, position, name, time } = entry;
  return { id, position, name, version, source, time, bytes: Buffer.byteLength(JSON.stringify(event.payload)) };
}

/** @returns 'gone' if another operator has retried or dropped it in between */
async function unlessTaken<T>(work: Promise<T>): Promise<T | 'gone'> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreConflictError) return 'gone';
    throw error;
  }
}

function tokenOf({ eventId, subscription }: DeadLetter): string {
  return `${eventId}@${subscription}`;
}

function placeOfToken(token: string): Pick<DeadLetter, 'subscription' | 'eventId'> {
  const at = token.indexOf('@');
  return { eventId: token.slice(0, at), subscription: token.slice(at + 1) };
}
