/** A payload without its classes: the data that a store would give back. Refuses what no text can hold. */

/** Levels of objects in objects: deeper ones are mostly a mistake, and cost the stack. */
export const MAX_DEPTH = 32;

/** What is wrong with a payload, in words that show no value. */
export class PayloadProblem extends Error {}

/**
 * A copy that shares nothing with `value`: objects of classes become plain objects of their fields, and what has `toJSON` becomes what that returns.
 *
 * @param path where the value stands, for messages
 * @throws PayloadProblem for functions, `Map`, `Set`, binary data, circles and other values that JSON would lose
 */
export function plainData(value: unknown, path = '', depth = 0): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON writes -0 as 0.
  if (typeof value === 'number')
    return Number.isFinite(value) ? value + 0 : refuse(path, 'a number that JSON does not know');
  if (typeof value !== 'object') return refuse(path, `a value of type ${typeof value}`);
  if (depth === MAX_DEPTH) return refuse(path, `more than ${MAX_DEPTH} levels`);
  if ('toJSON' in value && typeof value.toJSON === 'function') return plainData(value.toJSON(), path, depth + 1);
  if (Array.isArray(value)) return value.map((item, index) => plainData(item, `${path}[${index}]`, depth + 1));
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Object]'
    ? plainFields(value, path, depth)
    : refuse(path, `a value of type ${tag.slice(8, -1)}`);
}

function plainFields(value: object, path: string, depth: number): object {
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const below = path === '' ? name : `${path}.${name}`;
    // class-transformer leaves out what is a method of every object, or trips over it.
    if (name in Object.prototype) return refuse(below, 'a name that does not come back');
    copy[name] = plainData(field, below, depth + 1);
  }
  return copy;
}

function refuse(path: string, what: string): never {
  throw new PayloadProblem(`${path === '' ? 'it' : `"${path}"`} has ${what}`);
}
