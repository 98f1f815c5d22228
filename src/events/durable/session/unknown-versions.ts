/** Events of one running subscription whose version its handler does not know: they are parked, and due again under a newer handler. */
import { nextTurn } from '../../../common/index.js';
import {
  RecordDamagedError,
  StoreConflictError,
  type StoredRecord,
  type StoreOperation,
} from '../../../storage/index.js';
import type { EventVersionUnknownError } from '../../events.errors.js';
import { DELIVERIES, putRow, rowOf } from '../records/delivery-row.js';
import type { DurableDelivery } from '../records/durable-delivery.js';
import { recordPages } from '../records/pages.js';
import { park, PARKED, parkedEntry, removeParked } from '../records/parked-deliveries.js';
import type { DueRows } from './due-rows.js';
import type { KeyOrder } from './key-order.js';
import type { DeliveryFlow, SessionContext } from './session-context.js';

const PAGE = 100;
const MAX_REFUSALS = 10;

export class UnknownVersions {
  constructor(
    private readonly context: SessionContext,
    private readonly order: KeyOrder,
    private readonly rows: DueRows,
    private readonly flow: DeliveryFlow,
  ) {}

  /** Lets the delivery wait for a handler that knows it, and its key behind it. Never rejects. */
  async park(delivery: DurableDelivery, error: EventVersionUnknownError): Promise<void> {
    const { name, backlog, shared, window } = this.context;
    const operations = park(name, delivery, error, shared.clock.now());
    if (delivery.key !== undefined) operations.push(...this.order.block(delivery.key));
    try {
      await shared.acknowledgements.commit(operations);
    } catch (problem) {
      this.context.report('could not park an event', problem);
      return;
    }
    backlog.parkedOne();
    window.release(delivery.event.id);
    this.flow.goOn();
  }

  /** Requeues what an older handler did not know, as far as this one does. Never rejects. */
  async release(): Promise<void> {
    const { context } = this;
    const { name, opener, shared } = context;
    try {
      for await (const page of recordPages(shared.store, { table: PARKED, scope: name, limit: PAGE })) {
        if (context.isClosed) return;
        const known = page.records.filter((record) => parkedEntry(record).version <= opener.version);
        // Without its entry the version is unknown: the handler will find out.
        const doubtful = page.damaged.flatMap((damage) => (damage.kind === 'record' ? [damage.key] : []));
        await this.#releaseEach([...known.map(({ key }) => key), ...doubtful]);
      }
      await nextTurn();
      if (!context.isClosed) context.backlog.sorted();
    } catch (error) {
      context.report('could not look for what is parked', error);
    }
  }

  /** One commit for all. */
  async #releaseEach(eventIds: readonly string[]): Promise<void> {
    const { backlog, shared } = this.context;
    for (let refusals = 0; ; refusals++) {
      const operations: StoreOperation[] = [];
      for (const eventId of eventIds) operations.push(...(await this.#releasing(eventId)));
      if (operations.length === 0 || this.context.isClosed) return;
      try {
        await shared.store.commit(operations);
        backlog.released(operations.filter(({ op }) => op === 'put').length);
        this.rows.expect(shared.dues.now());
        return;
      } catch (error) {
        // One was skipped in the same moment.
        if (!(error instanceof StoreConflictError) || refusals === MAX_REFUSALS) throw error;
      }
    }
  }

  async #releasing(eventId: string): Promise<StoreOperation[]> {
    const { name, shared } = this.context;
    const { store, dues } = shared;
    const entry = await readable(() => store.get(PARKED, name, eventId));
    if (entry === undefined) return [];
    const end = { op: 'delete', table: PARKED, scope: name, key: eventId } as const;
    const row = await readable(() => store.get(DELIVERIES, name, eventId));
    if (row instanceof RecordDamagedError) {
      await store.commit(entry instanceof RecordDamagedError ? [end] : removeParked(name, entry));
      this.#lost(entry instanceof RecordDamagedError ? undefined : parkedEntry(entry).key, row);
      return [];
    }
    const endOnce = entry instanceof RecordDamagedError ? end : { ...end, expectedVersion: entry.version };
    if (!row) return [endOnce];
    const { parked: _, ...rest } = rowOf(row);
    return [putRow(name, { ...rest, errors: [] }, dues.now(), row.version), endOnce];
  }

  /** Its record is known to the store as damaged, and holds its key up no longer. */
  #lost(key: string | undefined, error: unknown): void {
    this.context.report('gave up a parked event', error);
    this.context.backlog.skipped();
    if (key !== undefined) this.order.leave(key);
    this.flow.goOn();
  }
}

async function readable(
  read: () => Promise<StoredRecord | undefined>,
): Promise<StoredRecord | RecordDamagedError | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RecordDamagedError) return error;
    throw error;
  }
}
