/**
 * What an operator can see of stored events and dead letters, and do with them. The same on a store that is open in this process and through
 * the server that has it open. Everything that is given and taken survives JSON; times are in milliseconds since 1970.
 */
import type { EventPriority } from '../contracts/event-contract.metadata.js';
import type { DeadLetter, DeadLetterChoice } from './dead-letters.js';
import type { RecordedError } from '../durable/records/delivery-row.js';

/**
 * `handled`: nothing is to be done any more, also because the subscription is younger than the event. `waiting`: for its turn, its time or its
 * key. `parked`: for a handler that knows the version of the event. `retrying`: it failed, and is tried again. `dead`: given up.
 */
export type DeliveryState = 'handled' | 'waiting' | 'parked' | 'retrying' | 'dead';

/** How one subscription stands with one event. Where a dead letter is replayed there are two for the subscription. */
export interface DeliveryStanding {
  readonly subscription: string;
  /** `null` if the subscription was dropped. */
  readonly plugin: string | null;
  readonly state: DeliveryState;
  /** 0 for handled events, of which only the place of the cursor is left. */
  readonly attempts: number;
  /** When it is tried next, or was given up. */
  readonly at?: number;
  /** The latest error first, then what caused it. */
  readonly errors: readonly RecordedError[];
}

/** A stored event without its payload. */
export interface EventHead {
  readonly id: string;
  /** In the log, from 1. */
  readonly position: number;
  readonly name: string;
  readonly version: number;
  readonly source: string;
  readonly time: number;
  /** Size of the payload as JSON. */
  readonly bytes: number;
}

export interface ListedEvent extends EventHead {
  readonly deliveries: readonly DeliveryStanding[];
}

export interface EventDetails extends ListedEvent {
  readonly correlationId: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  readonly priority: EventPriority;
  readonly payload: unknown;
}

/** Newest first. */
export interface EventQuery {
  /** A name, or a pattern such as `recording.*`. Default: all. */
  readonly name?: string;
  /** Events of this moment or later. */
  readonly fromTime?: number;
  /** Events before this moment. */
  readonly beforeTime?: number;
  /** From 1 to 1,000. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly through?: number;
}

export interface EventPage {
  readonly events: readonly ListedEvent[];
  /** The `through` of the next page, with older events; missing on the last page. */
  readonly next?: number;
  /** The newest position of the log when the page was read. */
  readonly last: number;
  /** Damaged entries on the way: it is unknown whether they would match. */
  readonly damaged: number;
}

export interface FollowQuery {
  readonly name?: string;
  /** Events above this position. */
  readonly after: number;
}

export interface ReplayQuery {
  /** One event; the fields about events are ignored then. */
  readonly eventId?: string;
  /** A name, or a pattern such as `recording.*`. Default: all. */
  readonly events?: string;
  /** Events of this moment or later, in milliseconds since 1970. */
  readonly fromTime?: number;
  /** Events before this moment. */
  readonly beforeTime?: number;
  /** One subscription. Default: all that the event is for. */
  readonly subscription?: string;
}

export interface ReplayPlan {
  readonly events: number;
  /** How many deliveries come of it, for each subscription that gets any. What waits for its next attempt anyway is not among them. */
  readonly deliveries: readonly { readonly subscription: string; readonly count: number }[];
}

/** In the order of subscriptions, then of publication. */
export interface DeadLetterQuery extends DeadLetterChoice {
  /** From 1 to 1,000. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

export interface ListedDeadLetter extends Omit<DeadLetter, 'payload'> {
  /** `null` if the subscription was dropped. */
  readonly plugin: string | null;
}

export interface DeadLetterList {
  readonly letters: readonly ListedDeadLetter[];
  readonly next?: string;
}

export interface ParkedChoice {
  readonly subscription?: string;
  readonly plugin?: string;
}

/** In the order of subscriptions, then of ids. */
export interface ParkedQuery extends ParkedChoice {
  /** From 1 to 1,000. */
  readonly limit: number;
  /** The `next` of the page before. */
  readonly after?: string;
}

/** An event of a version that the handler of a subscription does not know. */
export interface ParkedEvent {
  readonly subscription: string;
  readonly plugin: string | null;
  readonly eventId: string;
  readonly event: string;
  /** Version of the event. */
  readonly version: number;
  readonly source: string;
  /** When it was published, and when it was parked. */
  readonly time: number;
  readonly parkedAt: number;
  /** Key in its subscription, if that has one and it could be found: later events of this key wait. */
  readonly key?: string;
}

export interface ParkedList {
  readonly events: readonly ParkedEvent[];
  readonly next?: string;
}

export interface SkipChoice {
  readonly subscription: string;
  /** Default: all that are parked for the subscription. */
  readonly eventId?: string;
}

export interface DeadLetterOutcome {
  readonly count: number;
  /** Letters that could not be retried: their subscription has been dropped, or has become one of another event. */
  readonly stranded: number;
}

export abstract class EventOperations {
  /** True if new events can be followed: a store that no server has open gets none. */
  abstract readonly isLive: boolean;

  abstract listEvents(query: EventQuery): Promise<EventPage>;
  /** @throws EventNotFoundError, RecordDamagedError */
  abstract showEvent(id: string): Promise<EventDetails>;
  /** In the order of the log; ends with the signal, or with the server. Where nothing is live, it ends with the log. */
  abstract followEvents(query: FollowQuery, signal: AbortSignal): AsyncIterable<EventHead>;

  /** What `replay` would do. @throws EventNotFoundError, SubscriptionUnknownError */
  abstract planReplay(query: ReplayQuery): Promise<ReplayPlan>;
  /** @returns what was done @throws EventNotFoundError, SubscriptionUnknownError */
  abstract replay(query: ReplayQuery): Promise<ReplayPlan>;

  /** @throws SubscriptionUnknownError for a subscription or a plugin that is not known */
  abstract listParked(query: ParkedQuery): Promise<ParkedList>;
  /** How many `skipParked` would give up. @throws SubscriptionUnknownError */
  abstract countParked(choice: ParkedChoice): Promise<number>;
  /**
   * Gives parked events up, for one subscription: what waits behind their keys goes on. Those that are still in the log can be replayed.
   *
   * @returns how many @throws ParkedEventNotFoundError for one that is not parked, SubscriptionUnknownError
   */
  abstract skipParked(choice: SkipChoice): Promise<number>;

  /** @throws SubscriptionUnknownError for a subscription or a plugin that is not known */
  abstract listDeadLetters(query: DeadLetterQuery): Promise<DeadLetterList>;
  /** The dead letters of one event, one for each subscription that gave it up. @throws DeadLetterNotFoundError, SubscriptionUnknownError */
  abstract showDeadLetters(choice: DeadLetterChoice & { readonly eventId: string }): Promise<readonly DeadLetter[]>;
  /** @throws SubscriptionUnknownError */
  abstract countDeadLetters(choice: DeadLetterChoice): Promise<number>;
  /** Has them delivered again, with all their attempts. @throws DeadLetterNotFoundError, SubscriptionUnknownError */
  abstract retryDeadLetters(choice: DeadLetterChoice): Promise<DeadLetterOutcome>;
  /** Removes them for good. @throws DeadLetterNotFoundError, SubscriptionUnknownError */
  abstract dropDeadLetters(choice: DeadLetterChoice): Promise<DeadLetterOutcome>;
}
