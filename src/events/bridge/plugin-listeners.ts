/**
 * The methods of plugins with the decorator of `@nestjs/event-emitter`, as listeners of the application's emitter: it finds them by its own rules, calls
 * them in its own order and shows them where it shows its listeners.
 */
import type { EventEmitter2 } from '@nestjs/event-emitter';
import { activeContextStorage } from '../../telemetry/index.js';
import { DeliveryScope } from '../event/delivery-scope.js';
import type { PublishedEvent } from '../event/published-event.js';
import type { EmitterRules } from '../handlers/handler-factory.js';
import type { Handler } from '../handlers/handler.js';

type Listener = (...values: unknown[]) => unknown;
type EmitterOptions = Parameters<EventEmitter2['on']>[2];
type OnOptions = Exclude<EmitterOptions, boolean | undefined>;

/** How one handler is called with what is emitted. */
export type EmitTo = (handler: Handler, emitted: unknown, values: readonly unknown[]) => Promise<unknown>;

export class PluginListeners {
  readonly #listeners = new Map<Handler, Listener>();
  readonly #known = new WeakSet<object>();

  constructor(
    private readonly emitter: EventEmitter2,
    private readonly rules: EmitterRules,
    private readonly emitTo: EmitTo,
  ) {}

  /** Adds the handlers that are meant for the emitter and that it does not have yet. */
  add(handlers: readonly Handler[]): void {
    for (const handler of handlers) {
      const { listens } = handler.details;
      if (!listens || this.#listeners.has(handler) || this.#isIgnored(listens.event)) continue;
      const listener = this.#listener(handler);
      this.#listeners.set(handler, listener);
      this.#known.add(listener);
      const register = listens.prependListener ? 'prependListener' : 'on';
      this.emitter[register](listens.event, listener, optionsOf(listens));
    }
  }

  remove(handlers: Iterable<Handler>): void {
    for (const handler of handlers) {
      const listener = this.#listeners.get(handler);
      if (!listener || !handler.details.listens) continue;
      this.#listeners.delete(handler);
      this.emitter.off(handler.details.listens.event, listener);
    }
  }

  removeAll(): void {
    this.remove([...this.#listeners.keys()]);
  }

  /** True for a listener that was added here, also in the form in which the emitter keeps one with the option `async`. */
  has(listener: object): boolean {
    const { _origin: origin = listener } = listener as { readonly _origin?: object };
    return this.#known.has(origin);
  }

  /** With wildcards an emitter ignores a listener to a symbol, and throws when that is removed. */
  #isIgnored(event: unknown): boolean {
    return this.rules.hasWildcards && typeof event === 'symbol';
  }

  #listener(handler: Handler): Listener {
    return (...values) => {
      if (RelayScope.isActive) return undefined;
      // A field that its types leave out: what it emits now.
      const { event } = this.emitter as { readonly event?: unknown };
      const result = this.emitTo(handler, event, values);
      // `emit` leaves it alone, and nothing of a plugin may end the process.
      result.catch(() => undefined);
      return result;
    };
  }
}

/** The emitter checks whether a deferred listener is async, unless `promisify` is given. Request-scoped ones are async in that package. */
function optionsOf({ options, isPerRequest }: NonNullable<Handler['details']['listens']>): EmitterOptions {
  const given = options as OnOptions | undefined;
  const isDeferred = given?.async === true || given?.nextTick === true;
  return isPerRequest && isDeferred && given.promisify === undefined ? { ...given, promisify: true } : given;
}

/** The active context of listeners that hear the event of a plugin. Listeners in plugins know by it that they have the event from the bus. */
export class RelayScope extends DeliveryScope {
  constructor(event: PublishedEvent) {
    super(event, undefined);
  }

  /** True in a listener that hears the event of a plugin, and in what it has begun. */
  static get isActive(): boolean {
    return activeContextStorage.getStore() instanceof RelayScope;
  }

  /** Runs `emit`, called by such a listener: what it emits is another event, which listeners in plugins do not have yet. */
  static leave<T>(emit: () => T): T {
    if (!RelayScope.isActive) return emit();
    const event = DeliveryScope.eventOf(activeContextStorage.getStore());
    return event ? activeContextStorage.run(new DeliveryScope(event, undefined), emit) : emit();
  }
}
