/** Calls a method with the decorator of `@nestjs/event-emitter` as that package does: with the values of `emit` and nothing else. */
import type { EmitterListening } from '../contracts/subscription.js';
import type { HandlerDetails } from './handler-details.js';

export type EmitterMethod = (this: object, ...values: unknown[]) => unknown;

/** Makes the instance of a class that is not a singleton, for one event. The request of that instance is what is given. */
export type InstanceFor = (request: unknown) => Promise<object>;

/** As in that package, the request is the only value, or the list of all values. */
export function methodOfEach(name: string | symbol, instanceFor: InstanceFor): EmitterMethod {
  return async (...values) => {
    const instance = await instanceFor(values.length > 1 ? values : values[0]);
    // The decorator stands on a method of its class.
    return (instance as Record<string | symbol, EmitterMethod>)[name]?.call(instance, ...values);
  };
}

/** A published event has one value, its payload. An emission has those of the call, and gets what the method returns or throws. */
export function emitterListener(
  method: EmitterMethod,
  { suppressErrors }: Pick<EmitterListening, 'suppressErrors'>,
): HandlerDetails['method'] {
  return async function (payload, { event }) {
    const { emission } = event.origin;
    if (!emission) return method.call(this, payload);
    // A listener whose error is suppressed has the result `undefined`.
    const place = emission.results.push(undefined) - 1;
    try {
      emission.results[place] = await method.apply(this, [...emission.values]);
    } catch (error) {
      if (!suppressErrors) emission.failures.push(error);
      throw error;
    }
    return undefined;
  };
}
