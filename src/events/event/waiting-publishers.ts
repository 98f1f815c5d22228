/** Who waits for the running code, by `publishAndWait`. */
import { activeContext } from '../../telemetry/index.js';
import { DeliveryScope } from './delivery-scope.js';

/** The sources of the events that led here, as far as their publishers wait for the outcome. */
export function waitingPublishers(): string[] {
  const sources: string[] = [];
  for (let event = DeliveryScope.eventOf(activeContext()); event !== undefined; event = event.cause) {
    if (event.report !== undefined) sources.push(event.origin.source);
  }
  return sources;
}
