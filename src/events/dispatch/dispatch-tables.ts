/** Which handlers get an event of a given name. Patterns are resolved once for each name, until a plugin comes or goes. */
import { hasWildcard, matchesPattern } from '../contracts/event-name.js';
import type { Handler } from '../delivery/handler.js';
import type { DeliveryOutcome } from '../plugin-events.js';
import { BoundedCache } from './bounded-cache.js';

/** The handlers of one running plugin. */
export interface AttachedHandlers {
  readonly plugin: string;
  readonly handlers: readonly Handler[];
}

/** Everything that one event needs. Handlers of a plugin stand together, so that its context is entered once. */
export class DispatchTable {
  /** How often it was used: decides which events are measured. */
  uses = 0;
  /** One outcome for each handler, in the order of the groups. */
  readonly expected: readonly DeliveryOutcome[];

  constructor(readonly groups: readonly AttachedHandlers[]) {
    this.expected = groups.flatMap(({ handlers }) => handlers.map((handler) => handler.expected));
  }
}

/** How many names are kept; the declared ones of a large server are far fewer. */
const CACHED_NAMES = 10_000;

export class DispatchTables {
  /** Another number means that tables taken before are out of date. */
  generation = 0;
  readonly #attached = new Set<AttachedHandlers>();
  readonly #tables = new BoundedCache(CACHED_NAMES, (name) => this.#compile(name));

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

  tableFor(name: string): DispatchTable {
    return this.#tables.get(name);
  }

  #changed(): void {
    this.generation++;
    this.#tables.clear();
  }

  #compile(name: string): DispatchTable {
    const groups = [...this.#attached].map(({ plugin, handlers }) => ({ plugin, handlers: oncePerMethod(handlers.filter(covers(name))) }));
    return new DispatchTable(groups.filter(({ handlers }) => handlers.length > 0));
  }
}

function covers(name: string): (handler: Handler) => boolean {
  return ({ details: { pattern } }) => (hasWildcard(pattern) ? matchesPattern(pattern, name) : pattern === name);
}

/** A method with several subscriptions to the same event gets it by the first of them. */
function oncePerMethod(handlers: readonly Handler[]): Handler[] {
  const taken = new Map<object, Set<string>>();
  return handlers.filter(({ details: { instance, label } }) => {
    const methods = taken.get(instance) ?? new Set();
    taken.set(instance, methods);
    return !methods.has(label) && methods.add(label);
  });
}
