/** The durable subscriptions that the store knows, those of plugins that do not run included: they decide what is stored. */
import type { Store, StoreOperation } from '../../../storage/index.js';
import type { Handler } from '../../handlers/handler.js';
import type { DurableIdentity, HandlerDetails } from '../../handlers/handler-details.js';
import { dropCommand } from '../../drop-command.js';
import { SubscriptionDeclarationError } from '../../events.errors.js';
import { BacklogWatch } from '../backlog/backlog-watch.js';
import { DELIVERIES } from '../records/delivery-row.js';
import { LANES } from '../records/lane-index.js';
import type { LogRange } from '../records/log-range.js';
import { countsByScope, recordPages } from '../records/pages.js';
import { PARKED } from '../records/parked-deliveries.js';
import { DurableSubscription } from './durable-subscription.js';

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
  /** Cursors that an event passes, by event. Stored events have subscribers, so there are few. */
  readonly #passedBy = new Map<string, readonly string[]>();
  #byEvent = new Map<string, DurableSubscription[]>();
  #declared = 0;
  #changed: () => void = () => undefined;

  constructor(
    private readonly store: Store,
    readonly watch = new BacklogWatch(),
  ) {}

  /** Calls `listener` whenever `of` has other answers than before. One listener. */
  onChange(listener: () => void): void {
    this.#changed = listener;
  }

  /** @param last the newest position of the log */
  async load(last: number): Promise<void> {
    const cursors = await this.store.cursors();
    const rows = await countsByScope(this.store, DELIVERIES);
    const parked = await countsByScope(this.store, PARKED);
    for await (const { records } of recordPages(this.store, { table: SUBSCRIPTIONS, scope: SCOPE })) {
      for (const { key: name, value } of records) {
        const { plugin, event, keyed = false, handler, missingSince } = JSON.parse(value) as SubscriptionRecord;
        const state = { isKeyed: keyed, handler, missingSince };
        const subscription = new DurableSubscription({ name, plugin, event }, state, this.watch);
        const { position, above } = cursors.get(name) ?? { position: last, above: [] };
        const passed = above.reduce((sum, [from, to]) => sum + to - from + 1, 0);
        const size = last - position - passed + (rows.get(name) ?? 0);
        subscription.backlog.restored({ size, parked: parked.get(name) ?? 0, through: last });
        subscription.overtakers.restored(above.map(([first]) => first));
        if (size > 0) subscription.overtakers.logWaits();
        this.#byName.set(name, subscription);
      }
    }
    this.#index();
  }

  /** How many were declared for the first time since the start of the server. */
  get declared(): number {
    return this.#declared;
  }

  /** Subscriptions that were declared after the first `count`. */
  declaredAfter(count: number): DurableSubscription[] {
    return count === this.#declared ? [] : [...this.#byName.values()].filter(({ ordinal }) => ordinal > count);
  }

  all(): Iterable<DurableSubscription> {
    return this.#byName.values();
  }

  get(name: string): DurableSubscription | undefined {
    return this.#byName.get(name);
  }

  /** The subscription that a handler serves. */
  servedBy({ details: { durable } }: Handler): DurableSubscription | undefined {
    return durable && this.#byName.get(durable.name);
  }

  /** Subscriptions that get an event of this name. */
  of(event: string): readonly DurableSubscription[] {
    return this.#byEvent.get(event) ?? [];
  }

  /** The cursors that an event passes when it is published, because it is not for their subscriptions. */
  namesBeside(event: string): readonly string[] {
    let names = this.#passedBy.get(event);
    if (!names) {
      names = [...this.#byName.values()]
        .filter((each) => each.event !== event || each.isStranded)
        .map(({ name }) => name);
      this.#passedBy.set(event, names);
    }
    return names;
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** @throws SubscriptionDeclarationError when the name belongs to another plugin, or to another event for which something waits */
  assertFree(name: string, plugin: string, { pattern, label }: HandlerDetails): void {
    const known = this.#byName.get(name);
    const refuse = (problem: string): never => {
      throw new SubscriptionDeclarationError(label, [problem], plugin);
    };
    if (known && known.plugin !== plugin) refuse(`its durable name "${name}" belongs to plugin "${known.plugin}"`);
    if (!known || known.event === pattern || known.backlog.size === 0) return;
    refuse(
      `${known.backlog.size} event(s) "${known.event}" wait for "${name}": give the new subscription another \`name\`, ` +
        `or stop the server and run \`${dropCommand(name)}\``,
    );
  }

  /**
   * Makes a subscription known to publishers at once, and to the store by the operations that are returned: an event that is published after
   * this call is committed after them.
   */
  declare(handler: Handler, { name, from }: DurableIdentity, log: LogRange): StoreOperation[] {
    const { plugin, label } = handler;
    const { pattern: event, policy } = handler.details;
    const isKeyed = policy.key !== undefined;
    const known = this.#byName.get(name);
    if (known && known.event === event && known.plugin === plugin) {
      const isNews = known.served(isKeyed, label);
      this.#index();
      return isNews ? [put(known)] : [];
    }
    const state = { isKeyed, handler: label, missingSince: undefined };
    const subscription = new DurableSubscription({ name, plugin, event }, state, this.watch, ++this.#declared);
    if (from === 'beginning') {
      subscription.backlog.restored({ size: log.tail - log.first + 1, parked: 0, through: log.tail });
      subscription.overtakers.logWaits();
    }
    this.#byName.set(name, subscription);
    this.#index();
    return [
      put(subscription),
      { op: 'place-cursor', subscription: name, position: from === 'beginning' ? log.first - 1 : 'end' },
    ];
  }

  /** The handler of the subscription is gone. It gets what is published until it is stranded. @param now of `DueClock` */
  miss(subscription: DurableSubscription, now: number): StoreOperation[] {
    return subscription.missed(now) ? [put(subscription)] : [];
  }

  /** The subscription gets nothing new from now on, and keeps what it has. */
  strand(subscription: DurableSubscription): void {
    subscription.stranded();
    this.#index();
  }

  /** Forgets a subscription that nothing waits for. */
  forget(name: string): StoreOperation[] {
    this.#byName.delete(name);
    this.#index();
    return [
      { op: 'drop-cursor', subscription: name },
      { op: 'delete', table: SUBSCRIPTIONS, scope: SCOPE, key: name },
    ];
  }

  /** Forgets a subscription with all that waits for it. */
  async drop(name: string): Promise<void> {
    const subscription = this.#byName.get(name);
    const end = this.forget(name);
    for (const table of [PARKED, DELIVERIES, LANES]) await this.#empty(table, name);
    await this.store.commit(end);
    subscription?.backlog.dropped();
  }

  async #empty(table: string, scope: string): Promise<void> {
    for await (const { records, damaged } of recordPages(this.store, { table, scope, limit: PAGE })) {
      const lost = damaged.flatMap((damage) => (damage.kind === 'record' ? [damage.key] : []));
      const keys = [...records.map(({ key }) => key), ...lost];
      if (keys.length > 0) await this.store.commit(keys.map((key) => ({ op: 'delete', table, scope, key }) as const));
    }
  }

  #index(): void {
    this.#passedBy.clear();
    const served = [...this.#byName.values()].filter(({ isStranded }) => !isStranded);
    this.#byEvent = Map.groupBy(served, ({ event }) => event);
    this.#changed();
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
