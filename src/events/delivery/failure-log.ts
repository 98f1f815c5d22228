/** Writes failures of handlers to the log of their plugin, each with what is needed to find it again. */
import { messageOf } from '../../common/index.js';
import { isLivelockReport } from './contention.js';
import type { DeliveryFailure, HangingCall } from './failure.port.js';

/** A further attempt follows. */
export function logRetry(failure: DeliveryFailure, delayMs: number | undefined): void {
  const { target, attempts, maxAttempts, isRepeated, conflicts } = failure;
  // It waits until others have made room, and is no failure of the handler.
  if (isRepeated) return;
  if (conflicts !== undefined) {
    logConflicts(failure, conflicts);
    return;
  }
  const next = delayMs === undefined ? 'after the restart of its plugin' : `in ${delayMs} ms`;
  target.logger.warn(`${describe(failure)} Attempt ${attempts} of ${maxAttempts}, the next one ${next}.`);
}

/** One conflict is nothing to tell of; many in a row may never end. */
function logConflicts(failure: DeliveryFailure, conflicts: number): void {
  if (!isLivelockReport(conflicts)) return;
  failure.target.logger.warn(
    `${describe(failure)} It has met ${conflicts} conflicts in a row and is tried again; none counts as an attempt. ` +
      `Change states and records in the same order everywhere, or lower \`concurrency\`.`,
  );
}

/** Its key and its place are free from now on. */
export function logHanging({ target, event, lateMs }: HangingCall): void {
  const { name } = event.origin;
  target.logger.error(
    `Handler ${target.label} of plugin "${target.plugin}" hangs on "${name}" (event ${event.id}): it has not come back ${lateMs} ms after its deadline. ` +
      `Its key and its place go to others now.`,
  );
}

/** No further attempt follows. */
export function logFailure(failure: DeliveryFailure): void {
  const { target, attempts, error } = failure;
  const made = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  target.logger.error(`${describe(failure)} Given up after ${made}.`, error);
}

function describe({ target, event, status, error }: DeliveryFailure): string {
  const what = status === 'timed-out' ? 'ran out of time' : 'failed';
  const { name } = event.origin;
  return `Handler ${target.label} of plugin "${target.plugin}" ${what} on "${name}" (event ${event.id}, correlation ${event.correlationId}): ${messageOf(error)}.`;
}
