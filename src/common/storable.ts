/**
 * Turns a value into a JSON text that gives the same value back, and refuses what no text would give back, with its place: what is stored
 * must not come out as something else. Events and states are stored by this.
 */
import { isDeepStrictEqual, types } from 'node:util';
import { messageOf } from './thrown.js';

/** Objects in objects: deeper ones are mostly a mistake, and cost the stack. */
const MAX_DEPTH = 32;

/** What stands as it is in the text that `JSON.stringify` makes; the types of TypeScript do not have it yet. */
const NEGATIVE_ZERO = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('-0');

/** What cannot be stored, in words that show no value. */
export class NotStorableError extends Error {
  /**
   * @param path of the value, such as `seen[2].at`; empty for the whole
   * @param problem as the end of a sentence: `has a Map, which JSON does not keep`
   */
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${path === '' ? 'it' : `"${path}"`} ${problem}`);
    this.name = 'NotStorableError';
  }
}

/** A text, and whether reading it makes the same value for certain: where classes are involved, it has to be tried. */
export interface StorableText {
  readonly text: string;
  readonly isCertain: boolean;
}

/**
 * The text of a value. What is `undefined` in an object is left out, and is `undefined` again afterwards.
 *
 * @throws NotStorableError
 */
export function storableText(value: unknown): StorableText {
  try {
    const isCertain = isPlain(value, '', 0);
    // Only here, because a replacer makes the writing of every value slower.
    return { text: isCertain ? JSON.stringify(value) : JSON.stringify(value, withNegativeZero), isCertain };
  } catch (error) {
    throw error instanceof NotStorableError ? error : new NotStorableError('', `cannot be read: ${messageOf(error)}`);
  }
}

/**
 * Compares what was given with what was made of its text. A literal may have become an instance of a class, which may have given it its
 * defaults; an instance must have become one of the same class with the same fields.
 *
 * @throws NotStorableError with the place of the first difference
 */
export function assertComesBack(given: unknown, read: unknown, path = ''): void {
  if (!isObject(given) || !isObject(read)) {
    if (!Object.is(given, read)) throw new NotStorableError(path, lossOf(given));
    return;
  }
  if (Array.isArray(given) && Array.isArray(read) && Object.getPrototypeOf(given) === Object.getPrototypeOf(read)) {
    if (given.length !== read.length)
      throw new NotStorableError(path, 'has a list that comes back with another length');
    for (const [index, item] of given.entries()) assertComesBack(item, read[index], `${path}[${index}]`);
    return;
  }
  if (!isLiteral(given) && Object.getPrototypeOf(given) !== Object.getPrototypeOf(read))
    throw new NotStorableError(path, lossOf(given));
  if (!hasFieldsAlone(given)) {
    if (!isDeepStrictEqual(given, read)) throw new NotStorableError(path, lossOf(given));
    return;
  }
  assertFieldsComeBack(given, read as Record<string, unknown>, path);
}

function assertFieldsComeBack(given: Record<string, unknown>, read: Record<string, unknown>, path: string): void {
  for (const name of Object.keys(given)) {
    const below = placeOf(path, name);
    if (isLiteral(given) && given[name] === undefined) continue;
    if (given[name] !== undefined && read[name] === undefined)
      throw new NotStorableError(below, 'has a value that its class does not take back');
    assertComesBack(given[name], read[name], below);
  }
  // A default in the place of what was taken away.
  const added = isLiteral(given)
    ? undefined
    : Object.keys(read).find((name) => read[name] !== undefined && !Object.hasOwn(given, name));
  if (added !== undefined)
    throw new NotStorableError(placeOf(path, added), 'is absent, and would come back with the default of its class');
}

/** For `JSON.stringify`, which writes 0 for -0. */
function withNegativeZero(_key: string, value: unknown): unknown {
  return Object.is(value, -0) ? NEGATIVE_ZERO : value;
}

/** @throws NotStorableError for what no text can hold */
function isPlain(value: unknown, path: string, depth: number): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string')
    return assertThat(value.isWellFormed(), path, 'has a text with half of a surrogate pair');
  if (typeof value === 'number') {
    // JSON knows a zero below zero, but its writer leaves out the sign.
    return (
      assertThat(Number.isFinite(value), path, 'has a number that JSON does not keep: NaN or Infinity') &&
      !Object.is(value, -0)
    );
  }
  if (typeof value !== 'object')
    return assertThat(
      false,
      path,
      value === undefined ? 'is undefined in a list' : `has a ${typeof value === 'bigint' ? 'BigInt' : typeof value}`,
    );
  assertThat(depth < MAX_DEPTH, path, `has more than ${MAX_DEPTH} levels, or itself in it`);
  return Array.isArray(value) ? isPlainList(value, path, depth) : isPlainObject(value, path, depth);
}

function isPlainList(list: readonly unknown[], path: string, depth: number): boolean {
  // A text of a list has its items alone, and none that is left out.
  const names = Object.keys(list).length;
  assertThat(
    names === list.length,
    path,
    names < list.length ? 'has a list with holes' : 'has a list with further properties',
  );
  let isCertain = Object.getPrototypeOf(list) === Array.prototype;
  for (let index = 0; index < list.length; index++) {
    if (!isPlain(list[index], `${path}[${index}]`, depth + 1)) isCertain = false;
  }
  return isCertain;
}

function isPlainObject(value: object, path: string, depth: number): boolean {
  let isCertain = isLiteral(value) || (depth === 0 && hasFieldsAlone(value));
  if (hasHiddenContent(value)) throw new NotStorableError(path, lossOf(value));
  assertThat(Object.getOwnPropertySymbols(value).length === 0, path, 'has a field whose name is a symbol');
  for (const name of Object.getOwnPropertyNames(value)) {
    if (!isPlainField(value, name, placeOf(path, name), depth)) isCertain = false;
  }
  return isCertain;
}

function isPlainField(value: object, name: string, path: string, depth: number): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(value, name);
  assertThat(descriptor !== undefined && 'value' in descriptor, path, 'is a getter or a setter');
  assertThat(descriptor?.enumerable === true, path, 'is hidden from JSON: it is not enumerable');
  // class-transformer leaves out what is a method of every object, or trips over it.
  assertThat(!(name in Object.prototype) && name.isWellFormed(), path, 'has a name that does not come back');
  const field: unknown = descriptor?.value;
  return field === undefined || isPlain(field, path, depth + 1);
}

/** An object without a class: what is written in braces, or read from JSON. */
function isLiteral(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether an object is what its fields are: a literal, or an instance of a class without a form of its own in JSON. */
function hasFieldsAlone(value: object): value is Record<string, unknown> {
  return !('toJSON' in value) && Object.prototype.toString.call(value) === '[object Object]';
}

/** What JSON does not see, whatever a class makes of it. */
function hasHiddenContent(value: object): boolean {
  return ArrayBuffer.isView(value) || HIDDEN_CONTENT.some((isOne) => isOne(value));
}

const HIDDEN_CONTENT: readonly ((value: unknown) => boolean)[] = [
  types.isMap,
  types.isSet,
  types.isNativeError,
  types.isRegExp,
  types.isPromise,
  types.isWeakMap,
  types.isWeakSet,
  types.isAnyArrayBuffer,
  types.isBoxedPrimitive,
];

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function placeOf(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function lossOf(value: unknown): string {
  if (!isObject(value)) return 'has a value that would come back as another one';
  const made: unknown = value.constructor;
  const name = typeof made === 'function' && made.name !== '' ? made.name : 'class';
  return `has an object of the class ${name}, which would not come back as one`;
}

function assertThat(holds: boolean, path: string, what: string): true {
  if (!holds) throw new NotStorableError(path, what);
  return true;
}
