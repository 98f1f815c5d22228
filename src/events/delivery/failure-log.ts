/** Writes failures of handlers to the log of their plugin, each with what is needed to find it again. */
import { messageOf } from '../../common/index.js';
import type { RepeatedLine, RepeatedLines } from '../../telemetry/index.js';
import type { DeliveryFailure } from './failure.port.js';

/** Of each kind of failure of a handler so many are written in full; then they are counted. */
const IN_FULL = 20;

/** A further attempt follows. */
export function logRetry(failure: DeliveryFailure, delayMs: number | undefined, repeated: RepeatedLines): void {
  const { target, attempts, maxAttempts, isRepeated } = failure;
  // It waits until others have made room, and is no failure of the handler.
  if (isRepeated) return;
  const next = delayMs === undefined ? 'after the restart of its plugin' : `in ${delayMs} ms`;
  const line = `${describe(failure)} Attempt ${attempts} of ${maxAttempts}, the next one ${next}.`;
  repeated.write({
    ...kindOf(failure, 'retry'),
    write: () => target.logger.warn(line),
    writeCount: (count) => target.logger.warn(`${line} (${count})`),
  });
}

/** No further attempt follows. */
export function logFailure(failure: DeliveryFailure, repeated: RepeatedLines): void {
  const { target, attempts, error } = failure;
  const made = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const line = `${describe(failure)} Given up after ${made}.`;
  repeated.write({
    ...kindOf(failure, 'failure'),
    write: () => target.logger.error(line, error.stack),
    writeCount: (count) => target.logger.error(`${line} (${count})`),
  });
}

function kindOf({ target, status, error }: DeliveryFailure, what: string): Pick<RepeatedLine, 'group' | 'kind' | 'inFull'> {
  return { group: `${what} ${target.plugin} ${target.label} ${status}`, kind: messageOf(error), inFull: IN_FULL };
}

function describe({ target, event, status, error }: DeliveryFailure): string {
  const what = status === 'timed-out' ? 'ran out of time' : 'failed';
  const { name } = event.origin;
  return `Handler ${target.label} of plugin "${target.plugin}" ${what} on "${name}" (event ${event.id}, correlation ${event.correlationId}): ${messageOf(error)}.`;
}
