/** Calls a method with the decorator of `@nestjs/event-emitter` as that package does: with the values of `emit` and nothing else. */
import type { EmitterOptions } from '../contracts/subscription.js';
import type { HandlerDetails } from './handler.js';

export type EmitterMethod = (this: object, ...values: unknown[]) => unknown;

/** What a plugin publishes has one value: its payload. What is emitted has those of the call, and learns what the method returns or throws. */
export function emitterListener(method: EmitterMethod, { suppressErrors }: EmitterOptions): HandlerDetails['method'] {
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
