/** Makes handlers out of the providers and controllers of a plugin that starts. */
import { Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { BasePlugin, type EventClass } from '../../plugin/index.js';
import type { EmitterListening, SubscriptionDeclaration } from '../contracts/subscription.js';
import { readForeignSubscriptions, readSubscriptions } from '../contracts/subscription.metadata.js';
import { hasWildcard } from '../contracts/event-name.js';
import type { EventCounters } from '../event-counters.js';
import { SubscriptionDeclarationError } from '../events.errors.js';
import type { DeadlineSweep } from './deadline-sweep.js';
import { type EmitterMethod, emitterListener, type InstanceFor, methodOfEach } from './emitter-listener.js';
import { DeliveryPolicy } from './delivery-policy.js';
import { EventReader } from './event-reader.js';
import type { FailureReports } from './failure-reports.js';
import { Handler } from './handler.js';
import type { DurableIdentity, HandlerDetails } from './handler-details.js';

/** A class of a plugin that may have handlers. */
export interface HandlerCandidate {
  // A plugin's class may have any constructor.
  // oxlint-disable-next-line typescript/no-unsafe-function-type
  readonly type: Function;
  /** `undefined` if the class is not a singleton. */
  readonly instance: object | undefined;
  /**
   * Makes an instance of a class that is not a singleton.
   *
   * @param request what is injected as `REQUEST`
   * @param carrier where Nest looks for the context that the request has already
   */
  readonly instanceFor?: ((request: unknown, carrier: unknown) => Promise<object>) | undefined;
}

/** What an emitter of `@nestjs/event-emitter` does with its listeners. */
export interface EmitterRules {
  /** True if `*` stands for other names: the option `wildcard`. */
  readonly hasWildcards: boolean;
  /** True if the parts of a name are separated by dots, as those of published events are: the option `delimiter`. */
  readonly hasDots: boolean;
  /** True if a listener that is request-scoped shares the instances of the request that it is given: `inheritRequestContextId`. */
  readonly inheritsRequests: boolean;
}

export interface HandlerFactoryDependencies {
  readonly sweep: DeadlineSweep;
  readonly failures: FailureReports;
  readonly counters: EventCounters;
  /** Deadline of handlers that name none, in milliseconds. */
  readonly timeoutMs: number;
  readonly hungAfterMs: number;
  readonly queueLimit: number;
  /** True if `events.validate` is on. */
  readonly validate: boolean;
}

export class HandlerFactory {
  constructor(private readonly dependencies: HandlerFactoryDependencies) {}

  /**
   * One handler for each subscription, in the order of the candidates. An instance that is listed twice counts once.
   *
   * @param emitter of the application; `undefined` if it has none
   * @throws SubscriptionDeclarationError for a subscription that could never be served
   */
  handlersOf(plugin: string, candidates: readonly HandlerCandidate[], emitter: EmitterRules | undefined): Handler[] {
    const logger = new Logger(plugin);
    const isEmitted = emitter !== undefined || candidates.some(({ instance }) => instance instanceof EventEmitter2);
    const seen = new Set<object>();
    const handlers = candidates.flatMap((candidate) => {
      // The methods of a class that is not a singleton are those of its prototype.
      const owner = candidate.instance ?? prototypeOf(candidate.type);
      if (owner === undefined || seen.has(owner)) return [];
      seen.add(owner);
      const declarations = candidate.instance
        ? declarationsOf(plugin, candidate.instance)
        : scopedDeclarations(plugin, candidate);
      assertAreEvents(plugin, candidate.type, declarations, isEmitted);
      const subscriber = {
        plugin,
        owner,
        instanceFor: candidate.instance ? undefined : instancesFor(candidate, emitter),
        logger,
      };
      return declarations.map((declaration) => this.#handler(subscriber, declaration, emitter));
    });
    assertNamesDiffer(plugin, handlers);
    return handlers;
  }

  #handler(
    { plugin, owner, instanceFor, logger }: Subscriber,
    declaration: SubscriptionDeclaration,
    rules: EmitterRules | undefined,
  ): Handler {
    const { method: name, pattern, options, eventClass, emitter } = declaration;
    const label = `${owner.constructor.name}.${String(name)}`;
    // The name comes from a decorator, so the member may be anything.
    const method: unknown = (owner as Record<string | symbol, unknown>)[name];
    if (typeof method !== 'function')
      throw new SubscriptionDeclarationError(label, ['only a method can handle events'], plugin);
    const { timeoutMs, hungAfterMs, queueLimit, counters, sweep, failures, validate } = this.dependencies;
    const durable =
      options.delivery === 'durable' ? durableIdentity(plugin, label, declaration, eventClass) : undefined;
    const receiver = durable?.name ?? `${plugin}/${label}`;
    const details = {
      durable,
      listens: emitter && listening(emitter, pattern, rules, instanceFor !== undefined),
      reader: eventClass && new EventReader({ plugin, receiver, eventClass, validate }),
      plugin,
      label,
      pattern,
      instance: owner,
      logger,
      queueLimit,
      hungAfterMs,
      policy: new DeliveryPolicy(options, timeoutMs),
    };
    const callee = instanceFor ? methodOfEach(name, instanceFor) : (method as EmitterMethod);
    const callable = emitter ? emitterListener(callee, emitter) : (method as HandlerDetails['method']);
    return new Handler(
      { ...details, method: callable, counters: counters.handlerCounters(plugin, label, pattern) },
      sweep,
      failures,
    );
  }
}

/** Whose methods are called. */
interface Subscriber {
  readonly plugin: string;
  /** The instance; the prototype of a class that is not a singleton. */
  readonly owner: object;
  readonly instanceFor: InstanceFor | undefined;
  readonly logger: Logger;
}

function prototypeOf({ prototype }: HandlerCandidate['type']): object | undefined {
  return typeof prototype === 'object' && prototype !== null ? (prototype as object) : undefined;
}

/**
 * Without wildcards in the emitter, a name with `*` is one like others, and no event of the bus has such a name. So is `order.*` where the
 * emitter has another delimiter.
 */
function listening(emitter: EmitterListening, pattern: string, rules: EmitterRules | undefined, isPerRequest: boolean) {
  const isMatched = !rules || (rules.hasWildcards && (rules.hasDots || !pattern.includes('.')));
  const isLiteral = hasWildcard(pattern) && !isMatched;
  return { ...emitter, isOnlyEmitted: emitter.isOnlyEmitted || isLiteral, isPerRequest };
}

/** `@nestjs/event-emitter` hides the request's own context from Nest, unless an option makes it use that. */
function instancesFor({ instanceFor }: HandlerCandidate, rules: EmitterRules | undefined): InstanceFor | undefined {
  return instanceFor && ((request) => instanceFor(request, rules?.inheritsRequests ? request : { payload: request }));
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

/** The store identifies subscriptions by their names alone. */
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
  return [...own, ...readForeignSubscriptions(prototype)];
}

/** @param isEmitted whether there is an emitter: only emitters know events whose names are not texts */
function assertAreEvents(
  plugin: string,
  type: HandlerCandidate['type'],
  declarations: readonly SubscriptionDeclaration[],
  isEmitted: boolean,
): void {
  for (const { method, emitter } of declarations) {
    const label = `${type.name}.${String(method)}`;
    if (!emitter) continue;
    if (![emitter.event].flat().every((part) => ['string', 'symbol'].includes(typeof part))) {
      throw new SubscriptionDeclarationError(label, ['an event is a text, a symbol, or a list of both'], plugin);
    }
    if (!emitter.isOnlyEmitted || isEmitted) continue;
    const problem =
      'an event of a plugin is named by a text, unless the plugin or the application imports EventEmitterModule';
    throw new SubscriptionDeclarationError(label, [problem], plugin);
  }
}

/** An author who overrides `handleEvent` expects events; without a decorator none would ever arrive. */
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

/** The decorator of this package needs an existing instance; that of `@nestjs/event-emitter` gets one for each event, as in Nest. */
function scopedDeclarations(plugin: string, { type, instanceFor }: HandlerCandidate): SubscriptionDeclaration[] {
  const prototype = prototypeOf(type);
  const foreign = prototype ? readForeignSubscriptions(prototype) : [];
  const [refused] = [...readSubscriptions(type), ...(instanceFor ? [] : foreign)];
  if (!refused) return foreign;
  const problem =
    'the class is not a singleton: move the handler to a provider of default scope, whose dependencies are of default scope too';
  throw new SubscriptionDeclarationError(`${type.name}.${String(refused.method)}`, [problem], plugin);
}
