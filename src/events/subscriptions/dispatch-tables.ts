/** Which handlers get an event of a given name. Patterns are resolved once for each name, until a plugin comes or goes. */
import { hasWildcard, matchesPattern } from '../contracts/event-name.js';
import type { Handler } from '../handlers/handler.js';
import type { DurableSubscription } from '../durable/subscribers/durable-subscription.js';
import type { KnownSubscriptions } from '../durable/subscribers/known-subscriptions.js';
import type { DeliveryOutcome } from '../event/delivery-report.js';

/** The handlers of one running plugin. */
export interface AttachedHandlers {
  readonly plugin: string;
  readonly handlers: readonly Handler[];
}

/** Everything that one event needs. Handlers of a plugin stand together, so that its context is entered once. */
export class DispatchTable {
  /** Events that used it: decides which ones are measured. */
  uses = 0;
  /** One outcome for each handler, in the order of the groups. */
  readonly expected: readonly DeliveryOutcome[];

  constructor(
    readonly groups: readonly AttachedHandlers[],
    /** Subscriptions that get it from the store. */
    readonly durable: readonly DurableSubscription[],
  ) {
    this.expected = groups.flatMap(({ handlers }) => handlers.map((handler) => handler.expected));
  }

  #withoutEmitterListeners: DispatchTable | undefined;

  /** For an event that was emitted: the emitter itself calls those with the decorator of `@nestjs/event-emitter`. */
  get withoutEmitterListeners(): DispatchTable {
    this.#withoutEmitterListeners ??= new DispatchTable(
      this.groups.map(({ plugin, handlers }) => ({
        plugin,
        handlers: handlers.filter(({ details }) => !details.listens),
      })),
      this.durable,
    );
    return this.#withoutEmitterListeners;
  }
}

/** How many names are kept; the declared ones of a large server are far fewer. */
const CACHED_NAMES = 10_000;

export class DispatchTables {
  #generation = 0;
  readonly #attached = new Set<AttachedHandlers>();
  readonly #tables = new BoundedCache(CACHED_NAMES, (name) => this.#compile(name));

  #known: KnownSubscriptions | undefined;

  /** Events go to these durable subscriptions as well. */
  follow(known: KnownSubscriptions): void {
    this.#known = known;
    known.onChange(() => this.#changed());
  }

  add(attached: AttachedHandlers): void {
    this.#attached.add(attached);
    this.#changed();
  }

  /** Puts `added` where `removed` was, without a moment in which neither is there. */
  replace(removed: AttachedHandlers | undefined, added: AttachedHandlers): void {
    if (removed) this.#attached.delete(removed);
    this.add(added);
  }

  remove(attached: AttachedHandlers): void {
    if (this.#attached.delete(attached)) this.#changed();
  }

  /** Plugins that get events, in the order in which they came. */
  attached(): Iterable<AttachedHandlers> {
    return this.#attached;
  }

  /** Another number than before means that tables are out of date. */
  get generation(): number {
    return this.#generation;
  }

  tableFor(name: string): DispatchTable {
    return this.#tables.get(name);
  }

  #changed(): void {
    this.#generation++;
    this.#tables.clear();
  }

  #compile(name: string): DispatchTable {
    const groups = [...this.#attached].map(({ plugin, handlers }) => ({
      plugin,
      handlers: inMemory(oncePerMethod(handlers.filter(covers(name)))),
    }));
    return new DispatchTable(
      groups.filter(({ handlers }) => handlers.length > 0),
      this.#known?.of(name) ?? [],
    );
  }
}

function covers(name: string): (handler: Handler) => boolean {
  return ({ details: { pattern, listens } }) =>
    !listens?.isOnlyEmitted && (hasWildcard(pattern) ? matchesPattern(pattern, name) : pattern === name);
}

/** A durable subscription is found by its name, and gets nothing here. */
function inMemory(handlers: readonly Handler[]): Handler[] {
  return handlers.filter(({ details }) => !details.durable);
}

/** A method with several subscriptions to the same event gets it by the durable one, or else by the first of them. */
function oncePerMethod(handlers: readonly Handler[]): Handler[] {
  const taken = new Map<object, Set<string>>();
  const durableFirst = handlers.toSorted(
    (a, b) => Number(b.details.durable !== undefined) - Number(a.details.durable !== undefined),
  );
  return durableFirst.filter(({ details: { instance, label } }) => {
    const methods = taken.get(instance) ?? new Set();
    taken.set(instance, methods);
    return !methods.has(label) && methods.add(label);
  });
}

/** Forgets its oldest entry when it is full: names of events may come from outside, in any number. */
export class BoundedCache<V> {
  readonly #values = new Map<string, V>();

  constructor(
    private readonly limit: number,
    private readonly make: (key: string) => V,
  ) {}

  /** The value for `key`, made if it is not there. */
  get(key: string): V {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    if (this.#values.size >= this.limit) this.#forgetOldest();
    const value = this.make(key);
    this.#values.set(key, value);
    return value;
  }

  clear(): void {
    this.#values.clear();
  }

  #forgetOldest(): void {
    const oldest = this.#values.keys().next();
    if (!oldest.done) this.#values.delete(oldest.value);
  }
}
