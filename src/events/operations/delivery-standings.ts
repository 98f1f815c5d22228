/** How the subscriptions stand with stored events, from their cursors and records. */
import type { LogEntry, Store, StoredCursor, StoredRecord } from '../../storage/index.js';
import { DEAD_LETTERS, DELIVERIES, rowOf, type DeadRow } from '../durable/records/delivery-row.js';
import type { DueClock } from '../durable/clock/due-clock.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import type { DeliveryStanding } from './event-operations.port.js';

export class DeliveryStandings {
  private constructor(
    private readonly store: Store,
    private readonly known: KnownSubscriptions,
    private readonly dues: DueClock,
    private readonly cursors: ReadonlyMap<string, StoredCursor>,
    /** Subscriptions that were dropped and have left dead letters. */
    private readonly gone: readonly string[],
  ) {}

  /** Reads the store as it is now: each question needs its own. */
  static async read(store: Store, known: KnownSubscriptions, dues: DueClock): Promise<DeliveryStandings> {
    const cursors = await store.cursors();
    const gone = (await store.totals(DEAD_LETTERS)).map(({ scope }) => scope).filter((scope) => !known.get(scope));
    return new DeliveryStandings(store, known, dues, cursors, gone);
  }

  /** How each subscription stands with the event, sorted by subscription. */
  async of({ id, name, position }: Pick<LogEntry, 'id' | 'name' | 'position'>): Promise<DeliveryStanding[]> {
    const concerned = [...this.known.all()].filter(({ event }) => event === name).map((each) => each.name);
    const standings: DeliveryStanding[] = [];
    for (const subscription of [...concerned, ...this.gone].toSorted()) {
      const row = await this.store.get(DELIVERIES, subscription, id);
      const dead = await this.store.get(DEAD_LETTERS, subscription, id);
      if (row) standings.push(this.#pending(row));
      if (dead) standings.push(this.#dead(dead));
      if (!row && !dead && this.known.get(subscription)) standings.push(this.#byCursor(subscription, position));
    }
    return standings;
  }

  #pending(record: StoredRecord): DeliveryStanding {
    const { attempts, errors, parked } = rowOf(record);
    return {
      ...this.#whose(record.scope),
      state: parked ? 'parked' : attempts > 0 ? 'retrying' : 'waiting',
      attempts,
      ...(record.due !== undefined && { at: this.dues.wallOf(record.due) }),
      errors,
    };
  }

  #dead({ scope, value }: StoredRecord): DeliveryStanding {
    const { attempts, errors, diedAt } = JSON.parse(value) as DeadRow;
    return { ...this.#whose(scope), state: 'dead', attempts, at: diedAt, errors };
  }

  #byCursor(subscription: string, position: number): DeliveryStanding {
    const cursor = this.cursors.get(subscription) ?? { position: 0, above: [] };
    const isPassed =
      position <= cursor.position || cursor.above.some(([first, last]) => position >= first && position <= last);
    return { ...this.#whose(subscription), state: isPassed ? 'handled' : 'waiting', attempts: 0, errors: [] };
  }

  #whose(subscription: string): Pick<DeliveryStanding, 'subscription' | 'plugin'> {
    return { subscription, plugin: this.known.get(subscription)?.plugin ?? null };
  }
}
