/** What a plugin's author says about one handler: the event it takes and how it wants to be called. */
import type { EventClass } from '../../plugin/index.js';

/** How often a handler is tried, and when. */
export interface RetryOptions {
  /** The first call included: 4 is one call and three retries. From 1 to 100. */
  readonly attempts: number;
  /** The longest wait before the second attempt, in milliseconds; doubled for each one after. Waits are random between 0 and that. Default 1,000. */
  readonly backoffMs?: number;
  /** No wait is longer, in milliseconds. Default 300,000. */
  readonly maxBackoffMs?: number;
  /** Errors that no further attempt would mend: found by `instanceof`. */
  // The parameters of an error's constructor are its own affair.
  readonly final?: readonly (abstract new (...parameters: never[]) => Error)[];
}

/** The handler takes arrays of events instead of single ones. */
export interface BatchOptions {
  /** It is called as soon as so many events wait. From 2 to 10,000. */
  readonly size: number;
  /** It is called with fewer once the first of them has waited so long, in milliseconds. */
  readonly waitMs: number;
}

/** Everything that `@OnEvent` takes besides the event. */
// `never` as the default, because `key` takes the event: a subscription to any event must be assignable to it.
export interface SubscriptionOptions<E = never> {
  /** The longest time for one attempt, in milliseconds. Default `events.handlerTimeout`. A late result changes nothing. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOptions;
  /** How many calls of this handler run at the same time. Default: no limit but `events.queueLimit`. */
  readonly concurrency?: number;
  /** Events of the same key are handled one after the other, in the order of publishing, retries included; others do not wait. */
  readonly key?: (event: E) => string;
  /** Arrays of events. The context is that of the first event of the array; a failed array is retried as a whole. */
  readonly batch?: BatchOptions;
}

/** One recorded `@OnEvent`. */
export interface SubscriptionDeclaration {
  readonly method: string | symbol;
  /** The name of an event, or a pattern. */
  readonly pattern: string;
  readonly options: SubscriptionOptions;
}

/** What `@OnEvent` may name. */
export type EventSelector<E extends object = object> = EventClass<E> | string;
