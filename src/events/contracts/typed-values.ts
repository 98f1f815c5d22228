/** Makes instances of event classes, and of the classes of their typed properties at any depth. Checks nothing. */
import { plainToClassFromExist, plainToInstance, type ClassConstructor } from 'class-transformer';
import { MAX_DEPTH, plainData } from './plain-data.js';
import { readTypedProperties, type PropertyClass, type TypedProperty } from './typed-properties.metadata.js';

type Fields = Record<string, unknown>;

/**
 * An instance of the class from plain data, which may be changed by it.
 *
 * A class whose constructor throws without arguments is made without its constructor.
 */
export function instanceFrom(eventClass: ClassConstructor<object>, data: object): object {
  return withTypedValues(made(eventClass, data), eventClass);
}

/**
 * `owner` itself where all values of typed properties are instances already; otherwise a copy in which they are. Values that are no objects
 * stay as they are where an object is expected.
 *
 * @throws PayloadProblem for a value of which no instance can be made
 */
export function withTypedValues(owner: object, eventClass: ClassConstructor<object>, depth = 0): object {
  let copy: Fields | undefined;
  if (depth === MAX_DEPTH) return owner;
  for (const property of readTypedProperties(eventClass)) {
    const value = (owner as Fields)[property.name];
    if (value === undefined || value === null) continue;
    const typed = typedValue({ property, owner, depth }, value);
    if (typed === value) continue;
    copy ??= Object.assign(Object.create(Object.getPrototypeOf(owner) as object) as Fields, owner);
    copy[property.name] = typed;
  }
  return copy ?? owner;
}

/** The values of a typed property, with the paths at which they stand: of a list, set or map each, otherwise the value itself. */
export function* valuesOf(
  { name, isMapOfNames }: TypedProperty,
  value: unknown,
): Iterable<readonly [path: string, value: unknown]> {
  if (value instanceof Set || value instanceof Map || Array.isArray(value)) {
    const entries = Array.isArray(value) || value instanceof Map ? value.entries() : [...value].entries();
    for (const [key, item] of entries) yield [`${name}.${String(key)}`, item];
  } else if (isMapOfNames && isObject(value)) {
    for (const [key, item] of Object.entries(value)) yield [`${name}.${key}`, item];
  } else yield [name, value];
}

interface Place {
  readonly property: TypedProperty;
  readonly owner: object;
  readonly depth: number;
}

function typedValue(place: Place, value: unknown): unknown {
  const one = (item: unknown): unknown => typedItem(place, item);
  if (Array.isArray(value)) return unlessSame(value, value.map(one));
  if (value instanceof Set)
    return value.values().every((item) => one(item) === item) ? value : new Set([...value].map(one));
  if (value instanceof Map) {
    const isSame = value.values().every((item) => one(item) === item);
    return isSame ? value : new Map([...value].map(([key, item]) => [key, one(item)]));
  }
  if (!place.property.isMapOfNames || !isObject(value)) return one(value);
  const items = Object.values(value);
  const typed = unlessSame(items, items.map(one));
  return typed === items ? value : Object.fromEntries(Object.keys(value).map((key, index) => [key, typed[index]]));
}

function typedItem(place: Place, value: unknown): unknown {
  const { property, owner, depth } = place;
  if (Array.isArray(value)) return typedValue(place, value);
  const type = value === undefined || value === null ? undefined : property.classOf(owner, value);
  if (type === undefined) return value;
  if (type === Date) return typeof value === 'string' || typeof value === 'number' ? new Date(value) : value;
  if (isScalar(type)) return isObject(value) ? value : type(value);
  if (!isObject(value)) return value;
  // All built-in types were handled above.
  const itemClass = type as ClassConstructor<object>;
  if (value instanceof itemClass)
    return withTypedValues(value, value.constructor as ClassConstructor<object>, depth + 1);
  const data = plainData(value, property.name) as Fields;
  if (property.marker !== undefined) delete data[property.marker];
  return withTypedValues(made(itemClass, data), itemClass, depth + 1);
}

function made(eventClass: ClassConstructor<object>, data: object): object {
  if (!isMakable(eventClass))
    return plainToClassFromExist(Object.create(eventClass.prototype as object) as object, data);
  return plainToInstance(eventClass, data);
}

const makable = new WeakMap<object, boolean>();

/** True if the constructor can be called without arguments, as class-transformer calls it. */
function isMakable(eventClass: ClassConstructor<object>): boolean {
  let answer = makable.get(eventClass);
  if (answer === undefined) {
    try {
      answer = typeof new eventClass() === 'object';
    } catch {
      answer = false;
    }
    makable.set(eventClass, answer);
  }
  return answer;
}

function isScalar(type: PropertyClass): type is typeof String | typeof Number | typeof Boolean {
  return type === String || type === Number || type === Boolean;
}

function unlessSame<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
