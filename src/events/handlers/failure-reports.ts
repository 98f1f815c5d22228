/** What failed in the delivery of events: logged with what is needed to find it again, and published as an event of the host. */
import { asSentence, messageOf } from '../../common/index.js';
import { activeContextStorage, type RepeatedLine, type RepeatedLines } from '../../telemetry/index.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import type { PublishedEvent } from '../event/published-event.js';
import { EventDepthError } from '../events.errors.js';
import type { PluginEvents } from '../plugin-events.js';
import { EVENT_FAILED, EventFailed } from './event-failed.js';
import type { CallTarget } from './handler-call.js';

/** A handler that holds a key or a place and has not come back by its second deadline. */
export interface HangingCall {
  readonly target: CallTarget;
  readonly event: PublishedEvent;
  /** Time since its deadline, in milliseconds. */
  readonly lateMs: number;
}

export interface DeliveryFailure {
  readonly target: CallTarget;
  readonly event: PublishedEvent;
  readonly status: 'failed' | 'timed-out';
  readonly attempts: number;
  readonly maxAttempts: number;
  readonly error: Error;
  /** One of a flood of the same kind, of which the first was reported: counted and published, but not logged. */
  readonly isRepeated: boolean;
  /** The event is kept as a dead letter of the target's subscription. */
  readonly isDeadLetter?: boolean;
  /** Attempts in a row that met a conflict, and so do not count; `undefined` for another failure. */
  readonly conflicts?: number | undefined;
}

/** Failures of one kind of one handler that are logged in full; further ones are counted. */
const IN_FULL = 20;

/** The first report of a possible livelock; the next ones come at twice as many conflicts. */
const FIRST_LIVELOCK_REPORT = 10;

export class FailureReports {
  #hanging: ((plugin: string) => void) | undefined;

  constructor(
    private readonly events: PluginEvents,
    private readonly repeated: RepeatedLines,
  ) {}

  /** Calls `listener` with the name of the plugin whenever one of its calls hangs. One listener. */
  onHanging(listener: (plugin: string) => void): void {
    this.#hanging = listener;
  }

  callHangs(call: HangingCall): void {
    inScopeOf(call, () => logHanging(call));
    this.#hanging?.(call.target.plugin);
  }

  /** @param delayMs until the next attempt; `undefined`: it is made once the plugin has restarted */
  attemptFailed(failure: DeliveryFailure, delayMs: number | undefined): void {
    inScopeOf(failure, () => this.#logRetry(failure, delayMs));
  }

  /** A delivery failed for good. */
  deliveryFailed(failure: DeliveryFailure): void {
    inScopeOf(failure, () => {
      if (!failure.isRepeated) this.#logFailure(failure);
      if (failure.event.origin.name !== EVENT_FAILED) void this.#publish(failure);
    });
  }

  async #publish({ target, event, status, attempts, error }: DeliveryFailure): Promise<void> {
    const { id: eventId, origin } = event;
    const { plugin, label: handler, logger } = target;
    const what = { event: origin.name, eventId, source: origin.source, attempts, status };
    try {
      await this.events.publish(
        new EventFailed({ plugin, handler, ...what, error: `${error.name}: ${error.message}` }),
      );
    } catch (thrown) {
      // At the end of a chain of causes the failure is only logged and counted.
      if (thrown instanceof EventDepthError) return;
      const line = `A failed event could not be reported: ${messageOf(thrown)}`;
      this.repeated.write({
        group: `unreported ${plugin}`,
        kind: line,
        write: () => logger.error(line),
        writeCount: (count) => logger.error(`${line} (${count})`),
      });
    }
  }

  #logRetry(failure: DeliveryFailure, delayMs: number | undefined): void {
    const { target, attempts, maxAttempts, isRepeated, conflicts } = failure;
    if (conflicts !== undefined) logConflicts(failure, conflicts);
    // A repeated one waits until others have made room, and is no failure of the handler.
    if (conflicts !== undefined || isRepeated) return;
    const next = delayMs === undefined ? 'after the restart of its plugin' : `in ${delayMs} ms`;
    const line = `${describe(failure)} Attempt ${attempts} of ${maxAttempts}, the next one ${next}.`;
    this.repeated.write({
      ...kindOf(failure, 'retry'),
      write: () => target.logger.warn(line),
      writeCount: (count) => target.logger.warn(`${line} (${count})`),
    });
  }

  #logFailure(failure: DeliveryFailure): void {
    const { target, attempts, error } = failure;
    const made = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
    const fate = failure.isDeadLetter ? `: it is a dead letter of "${target.subscription}" now` : '';
    const line = `${describe(failure)} Given up after ${made}${fate}.`;
    this.repeated.write({
      ...kindOf(failure, 'failure'),
      write: () => target.logger.error(line, error),
      writeCount: (count) => target.logger.error(`${line} (${count})`),
    });
  }
}

/** Restores the context of the event: a deadline passes in a turn that belongs to no plugin. */
function inScopeOf({ event, target }: HangingCall | DeliveryFailure, action: () => void): void {
  activeContextStorage.run(new DeliveryScope(event, target.plugin), action);
}

/** One conflict is no news; many in a row may never end. Reports 10, 20, 40 and so on. */
function logConflicts(failure: DeliveryFailure, conflicts: number): void {
  const isReported =
    conflicts % FIRST_LIVELOCK_REPORT === 0 && Number.isInteger(Math.log2(conflicts / FIRST_LIVELOCK_REPORT));
  if (!isReported) return;
  failure.target.logger.warn(
    `${describe(failure)} It has met ${conflicts} conflicts in a row and is tried again; none counts as an attempt. ` +
      `Change states and records in the same order everywhere, or lower \`concurrency\`.`,
  );
}

function logHanging({ target, event, lateMs }: HangingCall): void {
  const { name } = event.origin;
  target.logger.error(
    `Handler ${target.label} of plugin "${target.plugin}" hangs on "${name}" (event ${event.id}): it has not come back ${lateMs} ms after its deadline. ` +
      `Its key and its place go to others now.`,
  );
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
