/** What belongs to a dead letter besides its record: the event that reports it, in the same unit, and its line in the log. */
import { Logger } from '@nestjs/common';
import { messageOf } from '../../../common/index.js';
import type { Receipt, Store, StoreOperation } from '../../../storage/index.js';
import { activeContextStorage, type RepeatedLines, runInContext } from '../../../telemetry/index.js';
import { DeliveryScope } from '../../event/delivery-scope.js';
import { UnitOfWork } from '../../unit/unit-of-work.js';
import { putDead, type DeadRow } from '../records/delivery-row.js';
import { EVENT_DEAD_LETTERED, EventDeadLettered } from './event-dead-lettered.js';
import { openedEvent } from '../records/stored-event.js';

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
    return { operations, done: (receipt) => unit.committed(receipt), undone: () => unit.discard() };
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
      await activeContextStorage.run(new DeliveryScope(event, plugin, unit), () =>
        this.publish(new EventDeadLettered(details)),
      );
    } catch (thrown) {
      this.#logger.error(`A dead letter could not be announced: ${messageOf(thrown)}`);
    }
  }

  /** Logs one that no handler was called for. The line of a handler's failure says itself that there is a dead letter. */
  log(subscription: string, plugin: string, row: DeadRow): void {
    const { name, id } = row.event;
    const line = `"${subscription}" has a dead letter that it could not be given: "${name}" (event ${id}): ${lastError(row)}`;
    this.repeated.write({
      group: `dead letter ${subscription}`,
      kind: lastError(row),
      inFull: LETTERS_IN_FULL,
      write: () => runInContext({ plugin }, () => this.#logger.error(line)),
      writeCount: (count) => runInContext({ plugin }, () => this.#logger.error(`${line} (${count})`)),
    });
  }
}

function lastError({ errors: [last] }: DeadRow): string {
  return last ? `${last.name}: ${last.message}` : '';
}
