/** What an operator can see of durable subscriptions, and drop, in a store that no server has open. Times are in milliseconds since 1970. */
import { nearestWord, type Clock } from '../../common/index.js';
import type { Store } from '../../storage/index.js';
import { DEAD_LETTERS, DELIVERIES } from '../durable/records/delivery-row.js';
import { countsByScope } from '../durable/records/pages.js';
import { DueClock } from '../durable/clock/due-clock.js';
import type { DurableOptions } from '../durable/durable.options.js';
import type { DurableSubscription } from '../durable/subscribers/durable-subscription.js';
import { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import { graceEnd } from '../durable/subscribers/missing-subscriptions.js';
import { oldestAgeMs } from '../durable/upkeep/subscription-figures.js';
import { SubscriptionUnknownError } from './operations.errors.js';

export interface ListedSubscription {
  readonly name: string;
  readonly plugin: string;
  /** `Class.method`; `null` where the store does not know it yet: it was declared by an earlier version. */
  readonly handler: string | null;
  readonly event: string;
  /** Events that wait, wherever they wait. */
  readonly backlog: number;
  /** Events of the backlog that failed, are delayed, were replayed or wait behind their key. */
  readonly setAside: number;
  /** How long the oldest of them has waited, in milliseconds; 0 if nothing waits. */
  readonly oldestAgeMs: number;
  readonly deadLetters: number;
  /** Since when its plugin, or the handler there, is gone; `null` while it is there. */
  readonly missingSince: number | null;
  /** Until when it gets what is published all the same; may be over. `null` while it is there. */
  readonly keptUntil: number | null;
}

/** What a drop takes away, and what it leaves. */
export interface SubscriptionLoss {
  readonly name: string;
  readonly plugin: string;
  readonly event: string;
  readonly backlog: number;
  readonly deadLetters: number;
}

export class StoredSubscriptions {
  private constructor(
    private readonly store: Store,
    private readonly known: KnownSubscriptions,
    private readonly dues: DueClock,
    private readonly options: Pick<DurableOptions, 'missingGrace'>,
  ) {}

  /** @param store that no server has open */
  static async read(
    store: Store,
    clock: Clock,
    options: Pick<DurableOptions, 'missingGrace'>,
  ): Promise<StoredSubscriptions> {
    const { last } = await store.logStatus();
    const [known, dues] = [new KnownSubscriptions(store), new DueClock(clock)];
    await dues.load(store, last);
    await known.load(last);
    return new StoredSubscriptions(store, known, dues, options);
  }

  /** All subscriptions, sorted by name. */
  async list(): Promise<ListedSubscription[]> {
    const { store, dues } = this;
    const cursors = await store.cursors();
    const setAside = await countsByScope(store, DELIVERIES);
    const dead = await countsByScope(store, DEAD_LETTERS);
    const all = [...this.known.all()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const listed: ListedSubscription[] = [];
    for (const subscription of all) {
      const { name, plugin, handler = null, event, backlog, missingSince } = subscription;
      listed.push({
        name,
        plugin,
        handler,
        event,
        backlog: backlog.size,
        setAside: setAside.get(name) ?? 0,
        oldestAgeMs: await oldestAgeMs(subscription, cursors.get(name), { store, dues }),
        deadLetters: dead.get(name) ?? 0,
        missingSince: missingSince === undefined ? null : dues.wallOf(missingSince),
        keptUntil: missingSince === undefined ? null : dues.wallOf(graceEnd(missingSince, this.options)),
      });
    }
    return listed;
  }

  /** What `drop` would take away. @throws SubscriptionUnknownError */
  async lossOf(name: string): Promise<SubscriptionLoss> {
    const { plugin, event, backlog } = this.#find(name);
    const dead = await countsByScope(this.store, DEAD_LETTERS);
    return { name, plugin, event, backlog: backlog.size, deadLetters: dead.get(name) ?? 0 };
  }

  /** Forgets a subscription with all that waits for it; its dead letters stay. @throws SubscriptionUnknownError */
  async drop(name: string): Promise<SubscriptionLoss> {
    const loss = await this.lossOf(name);
    await this.known.drop(name);
    return loss;
  }

  #find(name: string): DurableSubscription {
    const found = this.known.get(name);
    if (found) return found;
    const names = this.known.names().toSorted();
    throw new SubscriptionUnknownError('durable subscription', name, nearestWord(name, names), names);
  }
}
