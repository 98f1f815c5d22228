/** Writes failures of handlers to the log of their plugin, each with what is needed to find it again. */
import { asSentence, messageOf } from '../../common/index.js';
import type { RepeatedLine, RepeatedLines } from '../../telemetry/index.js';
import { isLivelockReport } from './contention.js';
import type { DeliveryFailure, HangingCall } from './failure.port.js';

/** Of each kind of failure of a handler so many are written in full; then they are counted. */
const IN_FULL = 20;

/** A further attempt follows. */
export function logRetry(failure: DeliveryFailure, delayMs: number | undefined, repeated: RepeatedLines): void {
  const { target, attempts, maxAttempts, isRepeated, conflicts } = failure;
  // It waits until others have made room, and is no failure of the handler.
  if (isRepeated) return;
  if (conflicts !== undefined) {
    logConflicts(failure, conflicts);
    return;
  }
  const next = delayMs === undefined ? 'after the restart of its plugin' : `in ${delayMs} ms`;
  const line = `${describe(failure)} Attempt ${attempts} of ${maxAttempts}, the next one ${next}.`;
  repeated.write({
    ...kindOf(failure, 'retry'),
    write: () => target.logger.warn(line),
    writeCount: (count) => target.logger.warn(`${line} (${count})`),
  });
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
export function logFailure(failure: DeliveryFailure, repeated: RepeatedLines): void {
  const { target, attempts, error } = failure;
  const made = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const fate = failure.isDeadLetter ? `: it is a dead letter of "${target.subscription}" now` : '';
  const line = `${describe(failure)} Given up after ${made}${fate}.`;
  repeated.write({
    ...kindOf(failure, 'failure'),
    write: () => target.logger.error(line, error),
    writeCount: (count) => target.logger.error(`${line} (${count})`),
  });
}

function kindOf(
  { target, status, error }: DeliveryFailure,
  what: string,
): Pick<RepeatedLine, 'group' | 'kind' | 'inFull'> {
  return { group: `${what} ${target.plugin} ${target.label} ${status}`, kind: messageOf(error), inFull: IN_FULL };
}

function describe({ target, event, status, error }: DeliveryFailure): string {
  const what = status === 'timed-out' ? 'ran out of time' : 'failed';
  const { name } = event.origin;
  return `Handler ${target.label} of plugin "${target.plugin}" ${what} on "${name}" (event ${event.id}, correlation ${event.correlationId}): ${asSentence(messageOf(error))}`;
}
