/** Writes failures of handlers to the log of their plugin, each with what is needed to find it again. */
import { asSentence, messageOf } from '../../common/index.js';
import type { DeliveryFailure } from './failure.port.js';

/** A further attempt follows. */
export function logRetry(failure: DeliveryFailure, delayMs: number | undefined): void {
  const { target, attempts, maxAttempts, isRepeated } = failure;
  // It waits until others have made room, and is no failure of the handler.
  if (isRepeated) return;
  const next = delayMs === undefined ? 'after the restart of its plugin' : `in ${delayMs} ms`;
  target.logger.warn(`${describe(failure)} Attempt ${attempts} of ${maxAttempts}, the next one ${next}.`);
}

/** No further attempt follows. */
export function logFailure(failure: DeliveryFailure): void {
  const { target, attempts, error } = failure;
  const made = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  target.logger.error(`${describe(failure)} Given up after ${made}.`, error.stack);
}

function describe({ target, event, status, error }: DeliveryFailure): string {
  const what = status === 'timed-out' ? 'ran out of time' : 'failed';
  const { name } = event.origin;
  return `Handler ${target.label} of plugin "${target.plugin}" ${what} on "${name}" (event ${event.id}, correlation ${event.correlationId}): ${asSentence(messageOf(error))}`;
}
