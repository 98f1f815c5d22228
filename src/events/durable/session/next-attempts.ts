/** Decides whether deliveries whose attempt failed are tried again, and when: each event by itself, also where they failed as a batch. */
import { backoffDelayMs } from '../../../common/index.js';
import { CONFLICT_BACKOFF, contentionOf, MAX_CONFLICTS } from '../../handlers/contention.js';
import { isWorthAnotherAttempt, type DeliveryPolicy } from '../../handlers/delivery-policy.js';
import type { DurableDelivery } from '../records/durable-delivery.js';

export interface NextAttempt {
  readonly delivery: DurableDelivery;
  /** Those that count so far. */
  readonly attempts: number;
  /** How many in a row met a conflict; `undefined` where this one did not. */
  readonly conflicts: number | undefined;
  readonly delayMs: number;
}

/** @returns `undefined` when the delivery is given up: only one that was tried alone ever is */
export function nextAttempts(
  deliveries: readonly DurableDelivery[],
  policy: DeliveryPolicy,
  error: unknown,
): readonly NextAttempt[] | undefined {
  const next = deliveries.map((delivery) => nextAttempt(delivery, policy, error));
  if (next.length > 1) return next.map((each) => ({ ...each, attempts: Math.min(each.attempts, policy.attempts - 1) }));
  const isOver = next.some(({ attempts, delivery }) => attempts >= policy.attempts && attempts === made(delivery));
  return isOver || !isWorthAnotherAttempt(policy, error) ? undefined : next;
}

function nextAttempt(delivery: DurableDelivery, policy: DeliveryPolicy, error: unknown): NextAttempt {
  const attempts = made(delivery);
  const contention = contentionOf(error);
  if (contention === 'room') {
    return {
      delivery,
      attempts: attempts - 1,
      conflicts: undefined,
      delayMs: backoffDelayMs(policy.backoff, attempts),
    };
  }
  const before = delivery.row?.conflicts ?? 0;
  if (contention === 'conflict' && before < MAX_CONFLICTS) {
    const conflicts = before + 1;
    return { delivery, attempts: attempts - 1, conflicts, delayMs: backoffDelayMs(CONFLICT_BACKOFF, conflicts) };
  }
  const conflicts = contention === 'conflict' ? before : undefined;
  return { delivery, attempts, conflicts, delayMs: backoffDelayMs(policy.backoff, attempts) };
}

/** The attempt that has failed included. */
export function made({ row }: DurableDelivery): number {
  return row?.attempts ?? 1;
}
