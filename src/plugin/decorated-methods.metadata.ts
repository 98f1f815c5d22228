/** Lists the methods of a class that decorators have written on, for the readers of decorators in other rooms. */
import 'reflect-metadata';

export type DecoratedMethod = readonly [name: string | symbol, method: object];

const NONE: readonly DecoratedMethod[] = [];

/**
 * The methods of a class and of those that it extends, each once, the nearest override first; without those that carry no metadata of their
 * own. Reads descriptors, so that no getter of a plugin runs.
 */
export function decoratedMethods(prototype: unknown): readonly DecoratedMethod[] {
  // Every class of every plugin comes by at its start, and almost none has a method that matters: nothing is made for those.
  let found: Map<string | symbol, object | undefined> | undefined;
  for (let level = prototype; isObject(level) && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) {
      if (name === 'constructor' || found?.has(name)) continue;
      found ??= new Map();
      found.set(name, decoratedMethod(level, name));
    }
  }
  return found === undefined
    ? NONE
    : [...found].filter((entry): entry is [string | symbol, object] => entry[1] !== undefined);
}

/** An override without a decorator hides the decorated method that it replaces. */
function decoratedMethod(level: object, name: string | symbol): object | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(level, name)?.value;
  return typeof value === 'function' && Reflect.getOwnMetadataKeys(value).length > 0 ? value : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
