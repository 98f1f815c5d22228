/**
 * Stores the subscriptions of a class and is the only reader of them. Reads those of `@nestjs/event-emitter` as well, so that
 * an ordinary Nest provider keeps its handlers when it moves into a plugin.
 */
import 'reflect-metadata';
import { decoratedMethods } from '../../plugin/index.js';
import { isEventPattern } from './event-name.js';
import type { EventClass } from '../../plugin/index.js';
import { readContract } from './event-contract.metadata.js';
import type { EmitterListening, SubscriptionDeclaration } from './subscription.js';

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const SUBSCRIPTIONS = Symbol.for('panotti:subscriptions:v1');

/** The key under which `@nestjs/event-emitter` keeps a list of `{ event, options }` on the method itself. */
const NEST_LISTENERS = 'EVENT_LISTENER_METADATA';

/** Keeps the order of the source: decorators of one method run from the last to the first. */
export function addSubscription(owner: object, declaration: SubscriptionDeclaration): void {
  const known = (Reflect.getOwnMetadata(SUBSCRIPTIONS, owner) ?? []) as readonly SubscriptionDeclaration[];
  const sibling = known.findIndex(({ method }) => method === declaration.method);
  Reflect.defineMetadata(SUBSCRIPTIONS, known.toSpliced(sibling < 0 ? known.length : sibling, 0, declaration), owner);
}

/** The class of the method's first parameter, as the compiler recorded it, where its contract has this name. */
export function parameterEventClass(prototype: object, method: string | symbol, name: string): EventClass | undefined {
  const types: unknown = Reflect.getMetadata('design:paramtypes', prototype, method);
  const first: unknown = Array.isArray(types) ? types[0] : undefined;
  return readContract(first)?.name === name ? (first as EventClass) : undefined; // Only classes have contracts.
}

/** Subscriptions of a class and its parents. A method that a child decorates again loses the decorators of the parent. */
export function readSubscriptions(candidate: object): SubscriptionDeclaration[] {
  const found = new Map<string | symbol, SubscriptionDeclaration[]>();
  for (let owner: object | null = candidate; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const own = (Reflect.getOwnMetadata(SUBSCRIPTIONS, owner) ?? []) as readonly SubscriptionDeclaration[];
    const byMethod = Map.groupBy(own, ({ method }) => method);
    for (const [method, declarations] of byMethod) if (!found.has(method)) found.set(method, declarations);
  }
  return [...found.values()].flat();
}

/** A handler of `@nestjs/event-emitter`. */
export interface ForeignDeclaration extends SubscriptionDeclaration {
  readonly emitter: EmitterListening;
}

/** Methods below `prototype` that carry the `@OnEvent` of `@nestjs/event-emitter`. */
export function readForeignSubscriptions(prototype: object): ForeignDeclaration[] {
  return decoratedMethods(prototype).flatMap(([method, handler]) => {
    const listeners: unknown = Reflect.getMetadata(NEST_LISTENERS, handler);
    if (listeners === undefined) return [];
    const list: unknown[] = Array.isArray(listeners) ? listeners : [listeners];
    return list.map((listener) => foreignDeclaration(method, listener));
  });
}

function foreignDeclaration(method: string | symbol, listener: unknown): ForeignDeclaration {
  const given: Record<string, unknown> = typeof listener === 'object' && listener !== null ? { ...listener } : {};
  // The emitter judges what else a decorator may have recorded.
  const event = given['event'] as EmitterListening['event'];
  const options = typeof given['options'] === 'object' && given['options'] !== null ? given['options'] : undefined;
  const pattern = Array.isArray(event) && event.every((part) => typeof part === 'string') ? event.join('.') : event;
  const isOnlyEmitted = !isEventPattern(pattern);
  const { prependListener, suppressErrors } = { prependListener: false, suppressErrors: true, ...options };
  const emitter = {
    event,
    options,
    prependListener: !!prependListener,
    suppressErrors: suppressErrors !== false,
    isOnlyEmitted,
  };
  return { method, pattern: isOnlyEmitted ? textOf(event) : pattern, options: {}, emitter };
}

function textOf(event: EmitterListening['event']): string {
  return Array.isArray(event) ? event.map(String).join('.') : String(event);
}
