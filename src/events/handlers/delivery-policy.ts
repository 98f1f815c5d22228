/** How a handler is called, with every default filled in, and what follows on an attempt that has failed. */
import { backoffDelayMs, isInstance, type Backoff, type Contention } from '../../common/index.js';
import type { BatchOptions, SubscriptionOptions } from '../contracts/subscription.js';
import { EventDepthError, HandlerTimeoutError } from '../events.errors.js';

const DURABLE_ATTEMPTS = 5;

/** Conflicts in a row that do not count; each further one is an attempt, so that a livelock of two handlers ends. */
const MAX_CONFLICTS = 100;

/** A wait between nothing and twice the planned one: those who have met must not meet again. */
const CONFLICT_BACKOFF: Backoff = { initialMs: 10, maxMs: 15_000, factor: 2, jitter: 1 };

const MAX_CAUSES = 10;

/** What is known of a delivery whose attempt has failed. */
export interface AttemptsMade {
  /** The failed attempt included. */
  readonly attempts: number;
  /** Earlier attempts in a row that met a conflict, and so did not count. */
  readonly conflicts?: number | undefined;
  /** It failed together with others: each is tried again alone, after any error. */
  readonly isBatch?: boolean;
}

export interface NextAttempt {
  /** The attempts that count so far. */
  readonly attempts: number;
  /** True if the failed attempt is one of them. */
  readonly isCounted: boolean;
  /** Attempts in a row that met a conflict; `undefined` if the failed one did not. */
  readonly conflicts: number | undefined;
  readonly delayMs: number;
}

type ErrorClass = abstract new (...parameters: never[]) => unknown;

export class DeliveryPolicy {
  readonly timeoutMs: number;
  /** The first call included. */
  readonly attempts: number;
  /** `Infinity` by default. */
  readonly concurrency: number;
  readonly key: ((event: never) => string) | undefined;
  readonly batch: BatchOptions | undefined;
  readonly #isDurable: boolean;
  readonly #backoff: Backoff;
  /** `undefined`: every error but the final ones. */
  readonly #retryable: readonly ErrorClass[] | undefined;
  readonly #final: readonly ErrorClass[];

  /** @param timeoutMs for a handler that names none */
  constructor(options: SubscriptionOptions, timeoutMs: number) {
    const { retry } = options;
    this.#isDurable = options.delivery === 'durable';
    this.timeoutMs = options.timeoutMs ?? timeoutMs;
    this.attempts = retry?.attempts ?? (this.#isDurable ? DURABLE_ATTEMPTS : 1);
    this.concurrency = options.concurrency ?? Infinity;
    this.key = options.key;
    this.batch = options.batch;
    this.#backoff = fullJitter(retry?.backoffMs ?? 1_000, retry?.maxBackoffMs ?? 300_000);
    this.#retryable = retry?.retryable;
    this.#final = retry?.final ?? [];
  }

  /** True if calls may go straight to the handler, without a queue. */
  get isPlain(): boolean {
    return this.attempts === 1 && this.concurrency === Infinity && this.key === undefined && this.batch === undefined;
  }

  /**
   * The only decision about retries, for delivery from memory and from the store. An attempt that met a conflict, or found no room, is no fault of
   * the handler: it does not count.
   *
   * @returns `undefined` when the delivery is given up; never for a batch that may be retried at all
   */
  after(error: unknown, { attempts, conflicts = 0, isBatch = false }: AttemptsMade): NextAttempt | undefined {
    // A handler in memory with one attempt is called once, even after a conflict.
    if (this.attempts === 1 && !this.#isDurable) return undefined;
    const contention = contentionOf(error);
    const isConflict = contention === 'conflict' && conflicts < MAX_CONFLICTS;
    const isCounted = contention !== 'room' && !isConflict;
    const isOver = isCounted && attempts >= this.attempts;
    if (!isBatch && (isOver || !this.#isRetried(error, contention))) return undefined;
    const counted = isCounted ? attempts : attempts - 1;
    return {
      // The last attempt is always one alone, so that no event is given up because of another one.
      attempts: isBatch ? Math.min(counted, this.attempts - 1) : counted,
      isCounted,
      conflicts: contention === 'conflict' ? conflicts + (isConflict ? 1 : 0) : undefined,
      delayMs: isConflict ? backoffDelayMs(CONFLICT_BACKOFF, conflicts + 1) : backoffDelayMs(this.#backoff, attempts),
    };
  }

  #isRetried(error: unknown, contention: Contention | undefined): boolean {
    const isOneOf = (errorClass: ErrorClass): boolean => isInstance(error, errorClass);
    // The next attempt would be as deep.
    if (isOneOf(EventDepthError) || this.#final.some(isOneOf)) return false;
    return (
      contention !== undefined ||
      this.#retryable === undefined ||
      isOneOf(HandlerTimeoutError) ||
      this.#retryable.some(isOneOf)
    );
  }
}

/** Looks at what was thrown and at its causes. An error of another copy of Panotti counts as well. Never throws. */
function contentionOf(thrown: unknown): Contention | undefined {
  try {
    let next: unknown = thrown;
    for (let depth = 0; depth < MAX_CAUSES && typeof next === 'object' && next !== null; depth++) {
      if ('contention' in next && (next.contention === 'conflict' || next.contention === 'room'))
        return next.contention;
      next = 'cause' in next ? next.cause : undefined;
    }
  } catch {
    // A value that throws when it is looked at is a failure like any other.
  }
  return undefined;
}

/**
 * A wait between nothing and the planned one spreads retries best ("Exponential Backoff And Jitter", AWS Architecture Blog).
 * Half the wait, moved by all of itself either way, is just that.
 */
function fullJitter(initialMs: number, maxMs: number): Backoff {
  return { initialMs: initialMs / 2, maxMs: maxMs / 2, factor: 2, jitter: 1 };
}
