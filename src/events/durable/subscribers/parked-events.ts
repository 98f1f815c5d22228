/** The parked events of all subscriptions: which plugins are too old for them, and how one is skipped. */
import type { Store } from '../../../storage/index.js';
import { skipParked } from '../records/parked-deliveries.js';
import type { KnownSubscriptions } from './known-subscriptions.js';

export class ParkedEvents {
  constructor(
    private readonly store: Store,
    private readonly known: KnownSubscriptions,
  ) {}

  /** Calls `listener` with each plugin for which `degradation` may have another answer, until the result is disposed of. */
  onChange(listener: (plugin: string) => void): Disposable {
    return this.known.watch.onParked(listener);
  }

  /** Why a running plugin is too old for what waits for it; `undefined` if it is not. */
  degradation(plugin: string): string | undefined {
    const refused = [...this.known.all()].filter((each) => each.plugin === plugin && each.backlog.refused > 0);
    if (refused.length === 0) return undefined;
    const names = refused.map(({ name }) => `"${name}"`).sort();
    return `Events of a version that it does not know wait for ${names.join(', ')}: see \`panotti events parked\`.`;
  }

  /** Gives one up for good, and lets what waits behind its key go on. @returns whether it was parked */
  async skip(name: string, eventId: string): Promise<boolean> {
    const subscription = this.known.get(name);
    // Its lanes have to be known before one of them is changed.
    await subscription?.session?.keysKnown;
    const skipped = await skipParked(this.store, name, eventId);
    if (!skipped) return false;
    subscription?.backlog.skipped();
    await subscription?.session?.freed(skipped.key);
    return true;
  }
}
