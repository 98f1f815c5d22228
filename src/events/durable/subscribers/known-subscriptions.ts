/** The durable subscriptions that the store knows, those of plugins that do not run included: they decide what is stored. */
import type { Store, StoreOperation } from '../../../storage/index.js';
import type { DurableIdentity, Handler } from '../../handlers/handler.js';
import { SubscriptionDeclarationError } from '../../events.errors.js';
import { DELIVERIES } from '../records/delivery-row.js';
import { dropCommand } from '../../drop-command.js';
import { DurableSubscription } from './durable-subscription.js';
import { LANES } from '../records/lane-index.js';
import { PARKED } from '../records/parked-deliveries.js';

const SUBSCRIPTIONS = 'subscriptions';
const SCOPE = 'durable';
const PAGE = 200;

interface SubscriptionRecord {
  readonly plugin: string;
  readonly event: string;
  /** Missing where it has no key. */
  readonly keyed?: true;
  /** `Class.method`. */
  readonly handler?: string;
  /** Missing while its plugin has it. */
  readonly missingSince?: number;
}

export class KnownSubscriptions {
  readonly #byName = new Map<string, DurableSubscription>();
  /** Events that are stored have subscribers, so there are not many. */
  readonly #beside = new Map<string, readonly string[]>();
  #byEvent = new Map<string, DurableSubscription[]>();
  #declared = 0;

  constructor(private readonly store: Store) {}

  /** @param last the newest position of the log */
  async load(last: number): Promise<void> {
    const cursors = await this.store.cursors();
    const rows = await this.#counts(DELIVERIES);
    const parked = await this.#counts(PARKED);
    for (let after: string | undefined = ''; after !== undefined;) {
      const page: Awaited<ReturnType<Store['scan']>> = await this.store.scan({
        table: SUBSCRIPTIONS,
        scope: SCOPE,
        after,
      });
      for (const { key, value } of page.records) {
        const { plugin, event, keyed = false, handler, missingSince } = JSON.parse(value) as SubscriptionRecord;
        const subscription = new DurableSubscription(key, plugin, event);
        const { position, above } = cursors.get(key) ?? { position: last, above: [] };
        const passed = above.reduce((sum, [from, to]) => sum + to - from + 1, 0);
        subscription.backlog = last - position - passed + (rows.get(key) ?? 0);
        subscription.parked = parked.get(key) ?? 0;
        subscription.countedThrough = last;
        if (subscription.backlog > 0) subscription.leastWaiting = 0;
        subscription.isKeyed = keyed;
        subscription.handler = handler;
        subscription.missingSince = missingSince;
        for (const [first] of above) subscription.ahead.add(first);
        this.#byName.set(key, subscription);
      }
      after = page.next;
    }
    this.#index();
  }

  /** How many have been made known since the server has started. */
  get declared(): number {
    return this.#declared;
  }

  /** Those that have been made known after so many were. */
  declaredAfter(count: number): DurableSubscription[] {
    return count === this.#declared ? [] : [...this.#byName.values()].filter(({ ordinal }) => ordinal > count);
  }

  all(): Iterable<DurableSubscription> {
    return this.#byName.values();
  }

  get(name: string): DurableSubscription | undefined {
    return this.#byName.get(name);
  }

  /** Those that get an event of this name. */
  of(event: string): readonly DurableSubscription[] {
    return this.#byEvent.get(event) ?? [];
  }

  /** The cursors that an event passes at its publication, because it is no affair of theirs. */
  namesBeside(event: string): readonly string[] {
    let names = this.#beside.get(event);
    if (!names) {
      names = [...this.#byName.values()]
        .filter((each) => each.event !== event || each.isStranded)
        .map(({ name }) => name);
      this.#beside.set(event, names);
    }
    return names;
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** @throws SubscriptionDeclarationError when the name belongs to another plugin, or to another event for which something waits */
  assertFree(name: string, plugin: string, { pattern, label }: Handler['details']): void {
    const known = this.#byName.get(name);
    const refuse = (problem: string): never => {
      throw new SubscriptionDeclarationError(label, [problem], plugin);
    };
    if (known && known.plugin !== plugin) refuse(`its durable name "${name}" belongs to plugin "${known.plugin}"`);
    if (!known || known.event === pattern || known.backlog === 0) return;
    refuse(
      `${known.backlog} event(s) "${known.event}" wait for "${name}": give the new subscription another \`name\`, ` +
        `or stop the server and run \`${dropCommand(name)}\``,
    );
  }

  /**
   * Makes a subscription known to the publishers at once, and to the store by the operations that are returned: whoever publishes after this call
   * commits after these.
   *
   * @param log the oldest position that is there, and the newest that was handed out
   */
  declare(
    handler: Handler,
    { name, from }: DurableIdentity,
    log: { readonly first: number; readonly tail: number },
  ): StoreOperation[] {
    const { plugin } = handler;
    const { pattern, policy } = handler.details;
    const isKeyed = policy.key !== undefined;
    const known = this.#byName.get(name);
    if (known && known.event === pattern && known.plugin === plugin) {
      const isAsStored =
        known.isKeyed === isKeyed && known.handler === handler.label && known.missingSince === undefined;
      Object.assign(known, {
        isKeyed,
        handler: handler.label,
        isMissing: false,
        missingSince: undefined,
        isStranded: false,
      });
      this.#index();
      return isAsStored ? [] : [put(known)];
    }
    const subscription = new DurableSubscription(name, plugin, pattern);
    subscription.ordinal = ++this.#declared;
    subscription.isKeyed = isKeyed;
    subscription.handler = handler.label;
    if (from === 'beginning') {
      subscription.backlog = log.tail - log.first + 1;
      subscription.countedThrough = log.tail;
      subscription.leastWaiting = 0;
    }
    this.#byName.set(name, subscription);
    this.#index();
    return [
      put(subscription),
      { op: 'place-cursor', subscription: name, position: from === 'beginning' ? log.first - 1 : 'end' },
    ];
  }

  /** Its handler is gone. It gets what is published until it is stranded. @param now of `DueClock` */
  miss(subscription: DurableSubscription, now: number): StoreOperation[] {
    subscription.isMissing = true;
    if (subscription.missingSince !== undefined) return [];
    subscription.missingSince = now;
    return [put(subscription)];
  }

  /** It gets nothing new from now on, and keeps what it has. */
  strand(subscription: DurableSubscription): void {
    subscription.isStranded = true;
    this.#index();
  }

  /** For one that nothing waits for. */
  forget(name: string): StoreOperation[] {
    this.#byName.delete(name);
    this.#index();
    return [
      { op: 'drop-cursor', subscription: name },
      { op: 'delete', table: SUBSCRIPTIONS, scope: SCOPE, key: name },
    ];
  }

  /** Forgets one with all that waits for it. */
  async drop(name: string): Promise<void> {
    const subscription = this.#byName.get(name);
    const end = this.forget(name);
    for (const table of [PARKED, DELIVERIES, LANES]) await this.#empty(table, name);
    await this.store.commit(end);
    if (!subscription) return;
    subscription.backlog = 0;
    subscription.parked = 0;
  }

  async #empty(table: string, scope: string): Promise<void> {
    for (let after: string | undefined = ''; after !== undefined;) {
      const page: Awaited<ReturnType<Store['scan']>> = await this.store.scan({ table, scope, after, limit: PAGE });
      const damaged = page.damaged.flatMap((damage) => (damage.kind === 'record' ? [damage.key] : []));
      const keys = [...page.records.map(({ key }) => key), ...damaged];
      if (keys.length > 0) await this.store.commit(keys.map((key) => ({ op: 'delete', table, scope, key }) as const));
      after = page.next;
    }
  }

  async #counts(table: string): Promise<ReadonlyMap<string, number>> {
    return new Map((await this.store.totals(table)).map(({ scope, count }) => [scope, count]));
  }

  #index(): void {
    this.#beside.clear();
    const served = [...this.#byName.values()].filter(({ isStranded }) => !isStranded);
    this.#byEvent = Map.groupBy(served, ({ event }) => event);
  }
}

function put({ name, plugin, event, isKeyed, handler, missingSince }: DurableSubscription): StoreOperation {
  const record: SubscriptionRecord = {
    plugin,
    event,
    ...(isKeyed && { keyed: true }),
    ...(handler !== undefined && { handler }),
    ...(missingSince !== undefined && { missingSince }),
  };
  return { op: 'put', table: SUBSCRIPTIONS, scope: SCOPE, key: name, value: JSON.stringify(record) };
}
