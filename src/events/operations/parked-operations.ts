/** What an operator can see of parked events, and how they are given up. */
import type { Store } from '../../storage/index.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import { PARKED, parkedIn, type ParkedDelivery } from '../durable/records/parked-deliveries.js';
import { countsByScope } from '../durable/records/pages.js';
import type { ParkedEvents } from '../durable/subscribers/parked-events.js';
import { chosenSubscriptions, similarId } from './operator-choice.js';
import type { ParkedChoice, ParkedEvent, ParkedList, ParkedQuery, SkipChoice } from './event-operations.port.js';
import { ParkedEventNotFoundError } from './operations.errors.js';

/** Among how many ids a similar one is looked for. */
const SIMILAR_AMONG = 500;

export class ParkedOperations {
  constructor(
    private readonly store: Store,
    private readonly known: KnownSubscriptions,
    private readonly parked: ParkedEvents,
  ) {}

  async list({ limit, after, ...choice }: ParkedQuery): Promise<ParkedList> {
    const place = after === undefined ? undefined : placeOf(after);
    const events: ParkedEvent[] = [];
    for await (const event of this.#chosen(choice, place)) {
      if (events.length === limit) return { events, next: tokenOf(events.at(-1)) };
      events.push(event);
    }
    return { events };
  }

  async count(choice: ParkedChoice): Promise<number> {
    const names = await this.#subscriptions(choice);
    const counts = await countsByScope(this.store, PARKED);
    return names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
  }

  /** @throws ParkedEventNotFoundError, SubscriptionUnknownError */
  async skip({ subscription, eventId }: SkipChoice): Promise<number> {
    await this.#subscriptions({ subscription });
    if (eventId !== undefined) {
      if (await this.parked.skip(subscription, eventId)) return 1;
      const { value: entries = [] } = await parkedIn(this.store, subscription, '', SIMILAR_AMONG).next();
      const ids = (entries as readonly ParkedDelivery[]).map((entry) => entry.eventId);
      throw new ParkedEventNotFoundError(eventId, subscription, similarId(eventId, ids));
    }
    let count = 0;
    for await (const event of this.#chosen({ subscription }))
      if (await this.parked.skip(subscription, event.eventId)) count++;
    return count;
  }

  async *#chosen(choice: ParkedChoice, place?: Place): AsyncGenerator<ParkedEvent> {
    for (const subscription of await this.#subscriptions(choice)) {
      if (place && subscription < place.subscription) continue;
      const plugin = this.known.get(subscription)?.plugin ?? null;
      const after = place?.subscription === subscription ? place.eventId : '';
      for await (const entries of parkedIn(this.store, subscription, after))
        for (const entry of entries) yield listed(subscription, plugin, entry);
    }
  }

  async #subscriptions(choice: ParkedChoice): Promise<string[]> {
    const counts = await countsByScope(this.store, PARKED);
    return chosenSubscriptions(this.known, [...counts.keys()], choice);
  }
}

interface Place {
  readonly subscription: string;
  readonly eventId: string;
}

function listed(subscription: string, plugin: string | null, entry: ParkedDelivery): ParkedEvent {
  const { turn: _, key, ...known } = entry;
  return { subscription, plugin, ...known, ...(key !== undefined && { key }) };
}

/** Names of subscriptions have no such character. */
function tokenOf(last: ParkedEvent | undefined): string {
  return last ? `${last.subscription}@${last.eventId}` : '';
}

function placeOf(token: string): Place {
  const at = token.indexOf('@');
  return { subscription: token.slice(0, at), eventId: token.slice(at + 1) };
}
