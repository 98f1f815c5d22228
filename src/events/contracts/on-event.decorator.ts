/** `@OnEvent` records which events a method handles. `subscription.metadata.ts` reads it; `EventBus.attach` acts on it. */
import { SubscriptionDeclarationError } from '../events.errors.js';
import type { EventSelector, SubscriptionOptions } from './subscription.js';
import { patternOf, subscriptionProblems } from './subscription-check.js';
import { addSubscription, parameterEventClass } from './subscription.metadata.js';

/**
 * Subscribes a method of a plugin, or of one of its providers and controllers, to an event. Several on one method are allowed;
 * an event that more than one of them covers is delivered once, as the first of them says.
 *
 * @param event   an event class, an event name, or a pattern (`recording.*` for one segment, `**` for any number). Where it is a class, or
 *   the parameter of the method has a class with an `@EventContract` of that name, events come as instances of that class, validated,
 *   for every publisher, from memory and from the store; otherwise they come as they were published
 * @param options delivery, deadline, retry, concurrency, ordering key, batch
 * @throws SubscriptionDeclarationError while the class is defined, if the event or the options are invalid
 *
 * @example
 * @OnEvent(RecordingEnded, { key: (event) => event.recordingId, retry: { attempts: 4 } })
 * async clean(event: RecordingEnded, context: EventContext) {}
 */
export function OnEvent<E extends object>(
  event: EventSelector<E>,
  options: SubscriptionOptions<E> = {},
): MethodDecorator {
  return (target, method) => {
    const problems = subscriptionProblems(event, options);
    if (typeof target === 'function') problems.push('a static method cannot handle events');
    const pattern = patternOf(event);
    if (problems.length > 0 || pattern === undefined) {
      const owner = typeof target === 'function' ? target.name : target.constructor.name;
      throw new SubscriptionDeclarationError(`${owner}.${String(method)}`, problems);
    }
    const eventClass = typeof event === 'function' ? event : parameterEventClass(target, method, pattern);
    addSubscription(target.constructor, { method, pattern, eventClass, options });
  };
}
