/** Makes handlers out of the providers and controllers of a plugin that starts. */
import { Logger } from '@nestjs/common';
import { BasePlugin, type EventClass } from '../../plugin/index.js';
import type { SubscriptionDeclaration } from '../contracts/subscription.js';
import { readForeignSubscriptions, readSubscriptions } from '../contracts/subscription.metadata.js';
import { hasWildcard } from '../contracts/event-name.js';
import type { EventCounters } from '../event-counters.js';
import { SubscriptionDeclarationError } from '../events.errors.js';
import type { DeadlineSweep } from './deadline-sweep.js';
import { type EmitterMethod, emitterListener } from './emitter-listener.js';
import { completePolicy } from './delivery-policy.js';
import { EventReader } from './event-reader.js';
import type { FailurePort } from './failure.port.js';
import { type DurableIdentity, Handler, type HandlerDetails } from './handler.js';

/** A class of a plugin that may have handlers. */
export interface HandlerCandidate {
  // A plugin's class may have any constructor.
  // oxlint-disable-next-line typescript/no-unsafe-function-type
  readonly type: Function;
  /** `undefined` where the class is no singleton. */
  readonly instance: object | undefined;
}

export interface HandlerFactoryPorts {
  readonly sweep: DeadlineSweep;
  readonly failures: FailurePort;
  readonly counters: EventCounters;
  /** For handlers that name none of their own. */
  readonly timeoutMs: number;
  readonly hungAfterMs: number;
  readonly queueLimit: number;
  /** Whether `events.validate` is on. */
  readonly validate: boolean;
}

export class HandlerFactory {
  constructor(private readonly ports: HandlerFactoryPorts) {}

  /**
   * One handler for each subscription, in the order of the candidates. An instance that is listed twice counts once.
   *
   * @param hasEmitterWildcards whether `*` stands for other names in the decorator of `@nestjs/event-emitter`
   * @throws SubscriptionDeclarationError for a subscription that could never be served
   */
  handlersOf(plugin: string, candidates: readonly HandlerCandidate[], hasEmitterWildcards: boolean): Handler[] {
    const logger = new Logger(plugin);
    const seen = new Set<object>();
    const handlers = candidates.flatMap(({ type, instance }) => {
      if (instance === undefined) return refuseSubscriptions(plugin, type);
      if (seen.has(instance)) return [];
      seen.add(instance);
      const isServed = ({ emitter, pattern }: SubscriptionDeclaration): boolean =>
        !emitter || hasEmitterWildcards || !hasWildcard(pattern);
      const declarations = declarationsOf(plugin, instance).filter(isServed);
      return declarations.map((declaration) => this.#handler(plugin, instance, declaration, logger));
    });
    assertNamesDiffer(plugin, handlers);
    return handlers;
  }

  #handler(plugin: string, instance: object, declaration: SubscriptionDeclaration, logger: Logger): Handler {
    const { method: name, pattern, options, eventClass, emitter } = declaration;
    const label = `${instance.constructor.name}.${String(name)}`;
    // The name comes from a decorator, so what is behind it may be anything.
    const method: unknown = (instance as Record<string | symbol, unknown>)[name];
    if (typeof method !== 'function')
      throw new SubscriptionDeclarationError(label, ['only a method can handle events'], plugin);
    const { timeoutMs, hungAfterMs, queueLimit, counters, sweep, failures, validate } = this.ports;
    const durable =
      options.delivery === 'durable' ? durableIdentity(plugin, label, declaration, eventClass) : undefined;
    const receiver = durable?.name ?? `${plugin}/${label}`;
    const details = {
      durable,
      isOfEmitter: emitter !== undefined,
      reader: eventClass && new EventReader({ plugin, receiver, eventClass, validate }),
      plugin,
      label,
      pattern,
      instance,
      logger,
      queueLimit,
      hungAfterMs,
      policy: completePolicy(options, timeoutMs),
    };
    const callable = emitter ? emitterListener(method as EmitterMethod, emitter) : (method as HandlerDetails['method']);
    return new Handler(
      { ...details, method: callable, counters: counters.handlerCounters(plugin, label, pattern) },
      sweep,
      failures,
    );
  }
}

function durableIdentity(
  plugin: string,
  label: string,
  { method, options }: SubscriptionDeclaration,
  eventClass: EventClass | undefined,
): DurableIdentity {
  if (options.name === undefined && typeof method === 'symbol') {
    throw new SubscriptionDeclarationError(
      label,
      ['a durable subscription of a method without a name needs `name`'],
      plugin,
    );
  }
  if (!eventClass)
    throw new SubscriptionDeclarationError(label, ['a durable subscription needs an event class'], plugin);
  return { name: options.name ?? `${plugin}.${String(method)}`, eventClass, from: options.from ?? 'now' };
}

/** The store tells subscriptions apart by their names alone. */
function assertNamesDiffer(plugin: string, handlers: readonly Handler[]): void {
  const seen = new Map<string, string>();
  for (const { label, details } of handlers) {
    if (!details.durable) continue;
    const { name } = details.durable;
    const other = seen.get(name);
    if (other !== undefined) {
      throw new SubscriptionDeclarationError(
        label,
        [`its durable name "${name}" is that of ${other} as well: give one of them a \`name\``],
        plugin,
      );
    }
    seen.set(name, label);
  }
}

/** Subscriptions of an instance: those of this package, then those of `@nestjs/event-emitter`. */
function declarationsOf(plugin: string, instance: object): SubscriptionDeclaration[] {
  // Objects without a prototype have no class, and so no decorators.
  const prototype = Object.getPrototypeOf(instance) as object | null;
  if (prototype === null || typeof prototype.constructor !== 'function') return [];
  const own = readSubscriptions(prototype.constructor);
  if (instance instanceof BasePlugin) assertHandleEventIsSubscribed(plugin, instance, own);
  return [...own, ...foreignDeclarations(plugin, prototype)];
}

function foreignDeclarations(plugin: string, prototype: object): SubscriptionDeclaration[] {
  return readForeignSubscriptions(prototype).map(({ method, pattern, emitter }) => {
    if (pattern !== undefined) return { method, pattern, options: {}, emitter };
    const handler = `${prototype.constructor.name}.${String(method)}`;
    throw new SubscriptionDeclarationError(
      handler,
      ['an event of a plugin is named by a text, not by a symbol'],
      plugin,
    );
  });
}

/** An author who overrides `handleEvent` expects events; without a decorator none would ever come. */
function assertHandleEventIsSubscribed(
  plugin: string,
  instance: BasePlugin,
  declarations: readonly SubscriptionDeclaration[],
): void {
  const isOverridden = instance.handleEvent !== BasePlugin.prototype.handleEvent;
  if (!isOverridden || declarations.some(({ method }) => method === 'handleEvent')) return;
  const handler = `${instance.constructor.name}.handleEvent`;
  throw new SubscriptionDeclarationError(
    handler,
    ['is missing: an overridden handleEvent gets no events without it'],
    plugin,
  );
}

/** Nobody would make an instance when an event comes. */
function refuseSubscriptions(plugin: string, type: HandlerCandidate['type']): [] {
  const prototype: unknown = type.prototype;
  const foreign = typeof prototype === 'object' && prototype !== null ? readForeignSubscriptions(prototype) : [];
  const [first] = [...readSubscriptions(type), ...foreign];
  if (!first) return [];
  const problem =
    'the class is not a singleton: move the handler to a provider of default scope, whose dependencies are of default scope too';
  throw new SubscriptionDeclarationError(`${type.name}.${String(first.method)}`, [problem], plugin);
}
