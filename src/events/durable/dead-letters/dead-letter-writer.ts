/** What belongs to a dead letter besides its record: the event that reports it, in the same unit, and its line in the log. */
import { Logger } from '@nestjs/common';
import { messageOf } from '../../../common/index.js';
import type { Store, StoreOperation } from '../../../storage/index.js';
import { activeContextStorage, type RepeatedLines, runInContext } from '../../../telemetry/index.js';
import { DeliveryScope } from '../../event/delivery-scope.js';
import type { PluginEvents } from '../../plugin-events.js';
import { UnitOfWork } from '../../unit/unit-of-work.js';
import { putDead, type DeadRow } from '../records/delivery-row.js';
import { openedEvent } from '../records/stored-event.js';
import { EVENT_DEAD_LETTERED, EventDeadLettered } from './event-dead-lettered.js';

/** Whose deliveries are given up. */
export interface LetterOwner {
  readonly subscription: string;
  readonly plugin: string;
}

/** Dead letters to be committed, with the events that report them. */
export interface PreparedLetters {
  readonly operations: readonly StoreOperation[];
  /** The unit of the events: to be committed or discarded with the operations. */
  readonly unit: UnitOfWork;
}

/** Dead letters of one kind of a subscription that are logged in full; further ones are counted. All are in the store. */
const LETTERS_IN_FULL = 20;

export class DeadLetterWriter {
  readonly #logger = new Logger('DurableEvents');

  /** @param events of the host */
  constructor(
    private readonly store: Store,
    private readonly events: PluginEvents,
    private readonly repeated: RepeatedLines,
  ) {}

  async prepare(owner: LetterOwner, rows: readonly DeadRow[]): Promise<PreparedLetters> {
    const unit = new UnitOfWork(this.store);
    for (const row of rows) await this.#report(owner, row, unit);
    return { operations: [...rows.map((row) => putDead(owner.subscription, row)), ...unit.operations()], unit };
  }

  /** Logs one that no handler was called for. A handler's failure has a line of its own, which says that there is a dead letter. */
  log({ subscription, plugin }: LetterOwner, row: DeadRow): void {
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

  async #report({ subscription, plugin }: LetterOwner, row: DeadRow, unit: UnitOfWork): Promise<void> {
    if (row.event.name === EVENT_DEAD_LETTERED) return;
    const { event } = openedEvent(row.event);
    const { origin, id: eventId } = event;
    const { name, source } = origin;
    const { attempts } = row;
    const letter = { plugin, subscription, event: name, eventId, source, attempts, error: lastError(row) };
    try {
      await activeContextStorage.run(new DeliveryScope(event, plugin, unit), () =>
        this.events.publish(new EventDeadLettered(letter)),
      );
    } catch (thrown) {
      this.#logger.error(`A dead letter could not be announced: ${messageOf(thrown)}`);
    }
  }
}

function lastError({ errors: [last] }: DeadRow): string {
  return last ? `${last.name}: ${last.message}` : '';
}
