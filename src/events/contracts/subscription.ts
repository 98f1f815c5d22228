/** What a plugin's author declares for one handler: the event that it takes and how it is called. */
import type { EventClass } from '../../plugin/index.js';

/** How often a handler is tried, and when. */
export interface RetryOptions {
  /** The first call included: 4 is one call and three retries. From 1 to 100. Default 1, of a durable subscription 5. */
  readonly attempts?: number;
  /** The longest wait before the second attempt, in milliseconds; doubled for each one after. Waits are random between 0 and that. Default 1,000. */
  readonly backoffMs?: number;
  /** No wait is longer, in milliseconds. Default 300,000. */
  readonly maxBackoffMs?: number;
  /** Where it is given, only these errors are retried: found by `instanceof`. A deadline that has passed is always retried. */
  readonly retryable?: readonly (abstract new (...parameters: never[]) => Error)[];
  /** Errors that no further attempt would fix: found by `instanceof`. */
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
  /**
   * `durable`: the event is stored before `publish` resolves, and is delivered until the handler has succeeded or its attempts are used up,
   * over restarts and crashes: at least once. Needs an event class and a provider of default scope. Default `memory`.
   */
  readonly delivery?: 'memory' | 'durable';
  /**
   * The name under which the store knows a durable subscription: letters, digits, dots, dashes. Default `<plugin>.<method>`. Pin it before the
   * method is renamed; what waits for a name that is gone is reported when the server starts.
   */
  readonly name?: string;
  /** Where a durable subscription begins that the store does not know yet: with what is published from then on (default), or with all that is stored. */
  readonly from?: 'now' | 'beginning';
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
  /** Set if the event was given as a class. */
  readonly eventClass?: EventClass | undefined;
  readonly options: SubscriptionOptions;
  /** Set where it is the decorator of `@nestjs/event-emitter`, whose listeners are called as that package calls them. */
  readonly emitter?: EmitterListening | undefined;
}

/** What the decorator of `@nestjs/event-emitter` says. */
export interface EmitterListening {
  /** The given event: a text, a symbol, or a list of both. */
  readonly event: string | symbol | (string | symbol)[];
  /** All options, for the emitter. */
  readonly options: object | undefined;
  readonly prependListener: boolean;
  /** True if `emitAsync` does not reject with what the listener throws. */
  readonly suppressErrors: boolean;
  /** True where no event of the bus has such a name, so that only an emitter ever calls it. */
  readonly isOnlyEmitted: boolean;
}

/** What `@OnEvent` may name. */
export type EventSelector<E extends object = object> = EventClass<E> | string;
