/** Logs what fails in the delivery of events, and publishes each delivery that failed for good as an event of the host. */
import { messageOf } from '../../common/index.js';
import { activeContextStorage, type RepeatedLines } from '../../telemetry/index.js';
import { logFailure, logHanging, logRetry } from './failure-log.js';
import type { DeliveryFailure, FailurePort, HangingCall } from './failure.port.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import { EVENT_FAILED, EventFailed } from './event-failed.js';
import { EventDepthError } from '../events.errors.js';
import type { PluginEvents } from '../plugin-events.js';

export class FailureReports implements FailurePort {
  /** Called with the name of the plugin whenever one of its calls hangs. */
  onHanging: ((plugin: string) => void) | undefined;

  constructor(
    private readonly events: PluginEvents,
    private readonly repeated: RepeatedLines,
  ) {}

  callHangs(call: HangingCall): void {
    inScopeOf(call, () => logHanging(call));
    this.onHanging?.(call.target.plugin);
  }

  attemptFailed(failure: DeliveryFailure, delayMs: number | undefined): void {
    inScopeOf(failure, () => logRetry(failure, delayMs, this.repeated));
  }

  deliveryFailed(failure: DeliveryFailure): void {
    inScopeOf(failure, () => {
      if (!failure.isRepeated) logFailure(failure, this.repeated);
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
      const write = (): void => logger.error(line);
      const writeCount = (count: string): void => logger.error(`${line} (${count})`);
      this.repeated.write({ group: `untold ${plugin}`, kind: line, write, writeCount });
    }
  }
}

/** A deadline passes in a turn of no plugin; what is logged and published then belongs to the event. */
function inScopeOf({ event, target }: HangingCall | DeliveryFailure, action: () => void): void {
  activeContextStorage.run(new DeliveryScope(event, target.plugin), action);
}
