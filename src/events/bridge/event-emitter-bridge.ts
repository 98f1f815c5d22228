/**
 * Lets ordinary Nest code and plugins hear each other: what a plugin publishes reaches the listeners of `@nestjs/event-emitter`, and what
 * is emitted there reaches the handlers of plugins, each exactly once. An application without that module loses nothing.
 */
import { Inject, Injectable, Logger, Optional, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { messageOf, toError } from '../../common/index.js';
import { activeContextStorage } from '../../telemetry/index.js';
import { DeliveryScope } from '../dispatch/delivery-scope.js';
import type { Emission, PublishedEvent } from '../dispatch/published-event.js';
import type { EventRelay } from '../dispatch/publisher.js';
import { EventBus } from '../event-bus.js';
import { MethodWraps } from './method-wraps.js';

/** The methods by which listeners come and go. The others of the emitter call these. */
const REGISTRATIONS =
  'on addListener prependListener once prependOnceListener many prependMany onAny prependAny waitFor off removeListener removeAllListeners offAny';

/** What the emitter tells of its own listeners. */
const OWN_EVENTS = new Set(['newListener', 'removeListener']);

/**
 * The emitter's methods are wrapped, not listened to with `onAny`: a listener there would add a value to what `emitAsync` resolves with, make `emit`
 * answer `true` always, and hide an `error` event that nobody listens to. Which names have listeners is looked up once and again after each
 * change, since the emitter's search among wildcards costs as much as a delivery.
 */
@Injectable()
export class EventEmitterBridge implements EventRelay, OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('EventEmitterBridge');
  readonly #heard = new Map<string, boolean>();
  readonly #wraps: MethodWraps | undefined;
  /** The emitter's own option `wildcard`. */
  readonly hasWildcards: boolean;
  /** The emitter's own method, which does not come back to the plugins. */
  readonly #emitToListeners: EventEmitter2['emitAsync'] | undefined;

  constructor(
    @Inject(EventBus) private readonly bus: EventBus,
    @Optional() @Inject(EventEmitter2) private readonly emitter?: EventEmitter2,
  ) {
    this.#wraps = emitter && new MethodWraps(emitter);
    // A field that its types leave out.
    this.hasWildcards = (emitter as { readonly wildcard?: unknown } | undefined)?.wildcard === true;
    this.#emitToListeners = emitter?.emitAsync.bind(emitter);
  }

  onModuleInit(): void {
    this.#wraps?.wrap('emit', (emit, values) => {
      void this.#accept(values);
      return emit(...values) === true || this.#isHeardInPlugins(values[0]);
    });
    this.#wraps?.wrap('emitAsync', async (emitAsync, values) => {
      const emission = emissionOf(values);
      const accepted = this.#accept(values, emission);
      const [results] = await Promise.all([emitAsync(...values), accepted]);
      if (emission.failures.length > 0) throw emission.failures[0];
      return [...(results as unknown[]), ...emission.results];
    });
    this.#wraps?.wrap(
      'hasListeners',
      (search, values) => search(...values) === true || this.#isHeardInPlugins(values[0]),
    );
    for (const name of REGISTRATIONS.split(' '))
      this.#wraps?.wrap(name, (register, values) => this.#changeListeners(register, values));
    if (this.emitter) this.bus.relayTo(this);
  }

  onApplicationShutdown(): void {
    this.bus.relayTo(undefined);
    this.#wraps?.undo();
  }

  /** Hands an event of a plugin to the listeners of its name. Their errors are logged. */
  relay(event: PublishedEvent): void {
    if (this.#isHeard(event.origin.name))
      activeContextStorage.run(new DeliveryScope(event, undefined), () => void this.#emit(event));
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

  /** Never rejects: what a plugin makes of an event is no affair of who emitted it. */
  async #accept(values: readonly unknown[], emission = emissionOf(values)): Promise<void> {
    const name = nameOf(values[0]);
    if (typeof name !== 'string' || OWN_EVENTS.has(name)) return;
    try {
      await this.bus.acceptFromApplication(name, values[1], emission);
    } catch (error) {
      const line = `The plugins did not get "${name}" of the application: ${messageOf(error)}`;
      const write = (): void => this.#logger.error(line);
      this.bus.repeated.write({
        group: 'not taken',
        kind: line,
        write,
        writeCount: (count) => this.#logger.error(`${line} (${count})`),
      });
    }
  }

  #isHeardInPlugins(given: unknown): boolean {
    const name = nameOf(given);
    return typeof name === 'string' && this.bus.hasEmitterListeners(name);
  }

  #isHeard(name: string): boolean {
    const known = this.#heard.get(name);
    if (known !== undefined) return known;
    const isHeard =
      this.emitter !== undefined &&
      (this.emitter.hasListeners(name) === true || this.emitter.listenersAny().length > 0);
    this.#heard.set(name, isHeard);
    return isHeard;
  }

  #changeListeners(register: (...values: unknown[]) => unknown, values: readonly unknown[]): unknown {
    try {
      return register(...values);
    } finally {
      this.#heard.clear();
    }
  }
}

function emissionOf(values: readonly unknown[]): Emission {
  return { values: values.slice(1), results: [], failures: [] };
}

/** The emitter takes a name in parts as well. */
function nameOf(given: unknown): unknown {
  return Array.isArray(given) && given.every((part) => typeof part === 'string') ? given.join('.') : given;
}
