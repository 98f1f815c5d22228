/** The active context of listeners that hear the event of a plugin. Listeners in plugins know by it that they have the event from the bus already. */
import { activeContextStorage } from '../../telemetry/index.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import type { PublishedEvent } from '../event/published-event.js';

export class RelayScope extends DeliveryScope {
  constructor(event: PublishedEvent) {
    super(event, undefined);
  }

  /** True in a listener that hears the event of a plugin, and in what it has begun. */
  static get isActive(): boolean {
    return activeContextStorage.getStore() instanceof RelayScope;
  }

  /** Runs `emit`, called by such a listener: what it emits is another event, which listeners in plugins do not have yet. */
  static leave<T>(emit: () => T): T {
    if (!RelayScope.isActive) return emit();
    const event = DeliveryScope.eventOf(activeContextStorage.getStore());
    return event ? activeContextStorage.run(new DeliveryScope(event, undefined), emit) : emit();
  }
}
