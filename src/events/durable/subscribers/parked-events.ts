/** The parked events of all subscriptions: how many there are, which plugins are too old for them, and how one is skipped. */
import type { Store } from '../../../storage/index.js';
import type { DurableSubscription } from './durable-subscription.js';
import type { KnownSubscriptions } from './known-subscriptions.js';
import { skipParked } from '../records/parked-deliveries.js';

export class ParkedEvents {
  readonly #listeners = new Set<(plugin: string) => void>();

  /** @param ended a delivery of a subscription that does not run is over for good */
  constructor(
    private readonly store: Store,
    private readonly known: KnownSubscriptions,
    private readonly ended: (subscription: DurableSubscription) => void,
  ) {}

  /** Tells `listener` of each plugin for which `degradation` may have another answer, until what is returned is disposed of. */
  onChange(listener: (plugin: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Why a running plugin is too old for what waits for it; `undefined` where it is not. */
  degradation(plugin: string): string | undefined {
    const concerned = [...this.known.all()].filter(
      (each) => each.plugin === plugin && each.isSorted && each.parked > 0,
    );
    if (concerned.length === 0) return undefined;
    const names = concerned.map(({ name }) => `"${name}"`).sort();
    return `Events of a version that it does not know wait for ${names.join(', ')}: see \`panotti events parked\`.`;
  }

  /** So many more of a subscription are parked. */
  count(subscription: DurableSubscription, change: number): void {
    subscription.parked = Math.max(0, subscription.parked + change);
    this.#tell(subscription);
  }

  /** The handler of the subscription has looked through what was parked. */
  sorted(subscription: DurableSubscription): void {
    subscription.isSorted = true;
    this.#tell(subscription);
  }

  /** Its handler does not run any more. Tells no listener: the plugin is on its way down. */
  stopped(subscription: DurableSubscription): void {
    subscription.isSorted = false;
  }

  /** Gives one up for good, and lets what waits behind its key go on. @returns whether it was parked */
  async skip(name: string, eventId: string): Promise<boolean> {
    const subscription = this.known.get(name);
    // Its lanes have to be known before one of them is changed.
    await subscription?.session?.keysKnown;
    const left = await skipParked(this.store, name, eventId);
    if (!left || !subscription) return left !== undefined;
    this.count(subscription, -1);
    if (subscription.session) await subscription.session.left(left);
    else this.ended(subscription);
    return true;
  }

  #tell({ plugin }: DurableSubscription): void {
    for (const listener of this.#listeners) listener(plugin);
  }
}
