/** Lists the methods that a class and its parents define, for the readers of decorators beside this file. */

/** Each method once, the nearest override first. Reads descriptors, so that no getter of a plugin runs. */
export function classMethods(type: { readonly prototype: unknown }): [name: string, method: object][] {
  const found = new Map<string | symbol, unknown>();
  for (let level = type.prototype; isObject(level) && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Reflect.ownKeys(level)) {
      if (!found.has(name)) found.set(name, Object.getOwnPropertyDescriptor(level, name)?.value);
    }
  }
  found.delete('constructor');
  return [...found].flatMap(([name, method]) => (typeof method === 'function' ? [[String(name), method]] : []));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
