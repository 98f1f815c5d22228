/** What belongs to a dead letter besides its record: the event that tells of it, in the same unit, and the line in the log. */
import { Logger } from '@nestjs/common';
import { messageOf } from '../../common/index.js';
import type { Receipt, Store, StoreOperation } from '../../storage/index.js';
import { activeContextStorage, type RepeatedLines } from '../../telemetry/index.js';
import { DeliveryScope } from '../dispatch/delivery-scope.js';
import { UnitOfWork } from '../unit-of-work.js';
import { putDead, type DeadRow } from './delivery-row.js';
import { EVENT_DEAD_LETTERED, EventDeadLettered } from './event-dead-lettered.js';
import { openedEvent } from './stored-event.js';

/** Dead letters that are about to be written. */
export interface Burial {
  /** The letters, and the events that tell of them, as far as these are stored. */
  readonly operations: readonly StoreOperation[];
  /** They are on the disk. */
  readonly done: (receipt: Receipt) => void;
  /** They never will be. */
  readonly undone: () => void;
}

/** Of each kind of dead letter of a subscription so many are written in full; then they are counted. All are in the store. */
const LETTERS_IN_FULL = 20;

export class DeadLetterOffice {
  readonly #logger = new Logger('DurableEvents');

  /** @param publish in the name of the host, into the unit of the caller */
  constructor(
    private readonly store: Store,
    private readonly publish: (event: EventDeadLettered) => Promise<void>,
    private readonly repeated: RepeatedLines,
  ) {}

  async bury(subscription: string, plugin: string, rows: readonly DeadRow[]): Promise<Burial> {
    const unit = new UnitOfWork(this.store);
    for (const row of rows) await this.#announce({ subscription, plugin, row }, unit);
    const operations = [...rows.map((row) => putDead(subscription, row)), ...unit.operations()];
    const done = (receipt: Receipt): void => {
      for (const row of rows) this.#log(subscription, row);
      unit.committed(receipt);
    };
    return { operations, done, undone: () => unit.discard() };
  }

  async #announce(death: { subscription: string; plugin: string; row: DeadRow }, unit: UnitOfWork): Promise<void> {
    const { subscription, plugin, row } = death;
    if (row.event.name === EVENT_DEAD_LETTERED) return;
    const { event } = openedEvent(row.event);
    const { origin, id: eventId } = event;
    const details = {
      plugin,
      subscription,
      event: origin.name,
      eventId,
      source: origin.source,
      attempts: row.attempts,
      error: lastError(row),
    };
    try {
      await activeContextStorage.run(new DeliveryScope(event, plugin, unit), () => this.publish(new EventDeadLettered(details)));
    } catch (thrown) {
      this.#logger.error(`Nobody can be told of a dead letter: ${messageOf(thrown)}`);
    }
  }

  #log(subscription: string, row: DeadRow): void {
    const { event, attempts } = row;
    const what = `"${subscription}" has a dead letter after ${attempts} attempt(s): "${event.name}" (event ${event.id})`;
    const line = `${what}: ${lastError(row)}`;
    this.repeated.write({
      group: `dead letter ${subscription}`,
      kind: lastError(row),
      inFull: LETTERS_IN_FULL,
      write: () => this.#logger.error(line),
      writeCount: (count) => this.#logger.error(`${line} (${count})`),
    });
  }
}

function lastError({ errors: [last] }: DeadRow): string {
  return last ? `${last.name}: ${last.message}` : '';
}
