/** The event that reports a durable delivery that was given up. */
import { EventContract } from '../../contracts/event-contract.decorator.js';

export const EVENT_DEAD_LETTERED = 'panotti.event.dead-lettered';

/** Published by the host in one commit with the dead letter. */
@EventContract(EVENT_DEAD_LETTERED)
export class EventDeadLettered {
  readonly plugin!: string;
  readonly subscription!: string;
  /** The name of the event that was given up, its id and who had published it. */
  readonly event!: string;
  readonly eventId!: string;
  readonly source!: string;
  /** How often the handler was called. */
  readonly attempts!: number;
  /** The name and the message of the last error. */
  readonly error!: string;

  constructor(details: EventDeadLettered) {
    Object.assign(this, details);
  }
}
