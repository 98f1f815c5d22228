/**
 * Lets ordinary Nest code and plugins hear each other: what a plugin publishes reaches the listeners of `@nestjs/event-emitter`, and what
 * is emitted there reaches the handlers of plugins, each exactly once. An application without that module loses nothing.
 */
import { Inject, Injectable, Logger, Optional, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { messageOf, toError } from '../../common/index.js';
import { activeContextStorage } from '../../telemetry/index.js';
import type { EmitterRules } from '../handlers/handler-factory.js';
import type { Handler } from '../handlers/handler.js';
import type { PublishedEvent } from '../event/published-event.js';
import type { EventRelay } from '../publishing/publishing.js';
import { EventBus } from '../event-bus.js';
import { MethodWraps } from './method-wraps.js';
import { PluginListeners, RelayScope } from './plugin-listeners.js';

/** The methods by which listeners come and go. The others of the emitter call these. */
const REGISTRATIONS =
  'on addListener prependListener once prependOnceListener many prependMany onAny prependAny waitFor off removeListener removeAllListeners offAny';

type ApplicationModule = ReturnType<ModulesContainer['values']> extends Iterable<infer Module> ? Module : never;

/** What the emitter tells of its own listeners. */
const OWN_EVENTS = new Set(['newListener', 'removeListener']);

/**
 * The emitter's methods are wrapped, not listened to with `onAny`: a listener there would add a value to what `emitAsync` resolves with, make `emit`
 * answer `true` always, and hide an `error` event without listeners. Which names have listeners is looked up once and again after each
 * change, since the emitter's search among wildcards costs as much as a delivery.
 */
@Injectable()
export class EventEmitterBridge implements EventRelay, OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('EventEmitterBridge');
  readonly #heard = new Map<string, boolean>();
  #wraps: MethodWraps | undefined;
  #listeners: PluginListeners | undefined;
  #eventEmitter: EventEmitter2 | undefined;
  #rules: EmitterRules | undefined;
  /** The emitter's own method, which does not come back to the plugins. */
  #emitToListeners: EventEmitter2['emitAsync'] | undefined;

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Optional() @Inject(EventEmitter2) private readonly globalEmitter?: EventEmitter2,
    @Optional() @Inject(ModulesContainer) private readonly modules?: ModulesContainer,
  ) {}

  get emitter(): EmitterRules | undefined {
    return this.#rules;
  }

  /** `@nestjs/event-emitter` finds listeners in all modules, also where its emitter cannot be injected: `forRoot({ global: false })`. */
  #find(): EventEmitter2 | undefined {
    if (this.globalEmitter) return this.globalEmitter;
    const found: unknown = emitterModuleIn(this.modules)?.providers.get(EventEmitter2)?.instance;
    return found instanceof EventEmitter2 ? found : undefined;
  }

  #follow(emitter: EventEmitter2): void {
    this.#eventEmitter = emitter;
    this.#wraps = new MethodWraps(emitter);
    // Fields that its types leave out.
    const { wildcard, delimiter } = emitter as { readonly wildcard?: unknown; readonly delimiter?: unknown };
    this.#rules = {
      hasWildcards: wildcard === true,
      hasDots: delimiter === '.',
      inheritsRequests: inheritsRequests(this.modules),
    };
    this.#listeners = new PluginListeners(emitter, this.#rules, (handler, emitted, values) =>
      this.#emitTo(handler, emitted, values),
    );
    this.#emitToListeners = emitter.emitAsync.bind(emitter);
  }

  onModuleInit(): void {
    const emitter = this.#find();
    if (!emitter) return;
    this.#follow(emitter);
    this.#wraps?.wrap('emit', (emit, values) =>
      RelayScope.leave(() => {
        void this.#accept(values);
        return emit(...values);
      }),
    );
    this.#wraps?.wrap('emitAsync', (emitAsync, values) =>
      RelayScope.leave(async () => {
        const accepted = this.#accept(values);
        const [results] = await Promise.all([emitAsync(...values), accepted]);
        return results;
      }),
    );
    for (const name of REGISTRATIONS.split(' '))
      this.#wraps?.wrap(name, (register, values) => this.#changeListeners(register, values));
    this.bus.relayTo(this);
  }

  onApplicationShutdown(): void {
    this.bus.relayTo(undefined);
    this.#listeners?.removeAll();
    this.#wraps?.undo();
  }

  listen(handlers: readonly Handler[]): void {
    this.#listeners?.add(handlers);
  }

  forget(handlers: readonly Handler[]): void {
    this.#listeners?.remove(handlers);
  }

  /** Hands an event of a plugin to the listeners of its name in the application. Their errors are logged. */
  relay(event: PublishedEvent): void {
    if (this.#isHeard(event.origin.name)) activeContextStorage.run(new RelayScope(event), () => void this.#emit(event));
  }

  async #emit({ origin, payload }: PublishedEvent): Promise<void> {
    try {
      await this.#emitToListeners?.(origin.name, payload);
    } catch (error) {
      const line = `A listener of the application failed on "${origin.name}" of "${origin.source}": ${messageOf(error)}`;
      this.bus.repeated.write({
        group: `listener ${origin.name} ${origin.source}`,
        kind: messageOf(error),
        write: () => this.#logger.error(line, toError(error).stack),
        writeCount: (count) => this.#logger.error(`${line} (${count})`),
      });
    }
  }

  /** Never rejects: what a plugin makes of an event does not concern the code that emitted it. */
  async #accept(values: readonly unknown[]): Promise<void> {
    const name = nameOf(values[0]);
    if (typeof name !== 'string' || OWN_EVENTS.has(name)) return;
    try {
      await this.bus.application.accept(name, values[1]);
    } catch (error) {
      this.#logNotTaken(name, error);
    }
  }

  /** Rejects only with what a listener threw that does not suppress its errors. */
  async #emitTo(handler: Handler, emitted: unknown, values: readonly unknown[]): Promise<unknown> {
    const name = nameOf(emitted);
    let result: Promise<unknown>;
    try {
      result = this.bus.application.emitTo(handler, typeof name === 'string' ? name : handler.details.pattern, values);
    } catch (error) {
      this.#logNotTaken(String(name), error);
      return undefined;
    }
    return result;
  }

  #logNotTaken(name: string, error: unknown): void {
    const line = `The plugins did not get "${name}" of the application: ${messageOf(error)}`;
    const write = (): void => this.#logger.error(line);
    this.bus.repeated.write({
      group: 'not taken',
      kind: line,
      write,
      writeCount: (count) => this.#logger.error(`${line} (${count})`),
    });
  }

  #isHeard(name: string): boolean {
    const known = this.#heard.get(name);
    if (known !== undefined) return known;
    const isHeard =
      this.#eventEmitter !== undefined &&
      (this.#hasOwnListeners(this.#eventEmitter, name) || this.#eventEmitter.listenersAny().length > 0);
    this.#heard.set(name, isHeard);
    return isHeard;
  }

  /** True if there are listeners that do not belong to plugins. */
  #hasOwnListeners(emitter: EventEmitter2, name: string): boolean {
    return (
      emitter.hasListeners(name) === true && emitter.listeners(name).some((listener) => !this.#listeners?.has(listener))
    );
  }

  #changeListeners(register: (...values: unknown[]) => unknown, values: readonly unknown[]): unknown {
    try {
      return register(...values);
    } finally {
      this.#heard.clear();
    }
  }
}

/** The emitter module of the application: before the first plugin starts, there is no other. */
function emitterModuleIn(modules: ModulesContainer | undefined): ApplicationModule | undefined {
  return [...(modules?.values() ?? [])].find(({ metatype }) => metatype === EventEmitterModule);
}

/** An option of that module, which exports neither its options nor their token. */
function inheritsRequests(modules: ModulesContainer | undefined): boolean {
  const values = [...(emitterModuleIn(modules)?.providers.values() ?? [])]
    .filter(({ token }) => typeof token === 'symbol')
    .map(({ instance }): unknown => instance);
  return values.some(
    (value) => (value as { readonly inheritRequestContextId?: unknown } | null)?.inheritRequestContextId === true,
  );
}

/** The emitter takes a name in parts as well. */
function nameOf(given: unknown): unknown {
  return Array.isArray(given) && given.every((part) => typeof part === 'string') ? given.join('.') : given;
}
