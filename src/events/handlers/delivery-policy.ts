/** How a handler wants to be called, with every default filled in. */
import { isInstance, type Backoff } from '../../common/index.js';
import { EventDepthError, HandlerTimeoutError } from '../events.errors.js';
import { contentionOf } from './contention.js';
import type { BatchOptions, RetryOptions, SubscriptionOptions } from '../contracts/subscription.js';

export interface DeliveryPolicy {
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly backoff: Backoff;
  /** `undefined`: every error but the final ones. */
  readonly retryable: RetryOptions['retryable'];
  readonly final: NonNullable<RetryOptions['final']>;
  /** `Infinity` where nothing was said. */
  readonly concurrency: number;
  readonly key: ((event: never) => string) | undefined;
  readonly batch: BatchOptions | undefined;
}

const DURABLE_ATTEMPTS = 5;

/** @param timeoutMs for a handler that names none of its own */
export function completePolicy(options: SubscriptionOptions, timeoutMs: number): DeliveryPolicy {
  const { retry } = options;
  return {
    timeoutMs: options.timeoutMs ?? timeoutMs,
    attempts: retry?.attempts ?? (options.delivery === 'durable' ? DURABLE_ATTEMPTS : 1),
    backoff: fullJitter(retry?.backoffMs ?? 1_000, retry?.maxBackoffMs ?? 300_000),
    retryable: retry?.retryable,
    final: retry?.final ?? [],
    concurrency: options.concurrency ?? Infinity,
    key: options.key,
    batch: options.batch,
  };
}

/** Whether a further attempt might succeed, whatever the number of attempts. */
export function isWorthAnotherAttempt({ final, retryable }: DeliveryPolicy, error: unknown): boolean {
  const isOneOf = (errorClass: abstract new (...args: never[]) => unknown): boolean => isInstance(error, errorClass);
  // It would be as deep the next time.
  if (isOneOf(EventDepthError) || final.some(isOneOf)) return false;
  return (
    contentionOf(error) !== undefined ||
    retryable === undefined ||
    isOneOf(HandlerTimeoutError) ||
    retryable.some(isOneOf)
  );
}

/** Whether calls may go straight to the handler, without a queue. */
export function isPlain(policy: DeliveryPolicy): boolean {
  return (
    policy.attempts === 1 && policy.concurrency === Infinity && policy.key === undefined && policy.batch === undefined
  );
}

/**
 * A wait between nothing and the planned one spreads retries best ("Exponential Backoff And Jitter", AWS Architecture Blog).
 * Half the wait, moved by all of itself either way, is just that.
 */
function fullJitter(initialMs: number, maxMs: number): Backoff {
  return { initialMs: initialMs / 2, maxMs: maxMs / 2, factor: 2, jitter: 1 };
}
