/** Turns a payload into a text that gives the same payload back, and refuses what no text would give back. */
import { isDeepStrictEqual } from 'node:util';
import type { ClassConstructor } from 'class-transformer';
import { messageOf } from '../../common/index.js';
import { instanceOf } from '../contracts/event-validation.js';

/** Objects in objects: deeper ones are mostly a mistake, and cost the stack. */
const MAX_DEPTH = 32;

/** What stands as it is in the text that `JSON.stringify` makes; the types of TypeScript do not have it yet. */
const NEGATIVE_ZERO = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON('-0');

/** Where the name of the type would not read as part of a sentence. */
const KINDS: Readonly<Record<string, string>> = { undefined: 'an item that is undefined', bigint: 'a BigInt' };

/** What is wrong with a payload, in words that show no value. */
export class PayloadProblem extends Error {}

/**
 * @param eventClass what the text will be made an instance of
 * @throws PayloadProblem
 */
export function payloadText(payload: unknown, eventClass: ClassConstructor<object> | undefined, maxBytes: number): string {
  const text = textOf(payload, eventClass);
  // A character has three bytes at most, so most texts need not be measured.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes) throw new PayloadProblem(`it has more than ${maxBytes} bytes`);
  return text;
}

function textOf(payload: unknown, eventClass: ClassConstructor<object> | undefined): string {
  if (payload === undefined) return 'null';
  try {
    const isSimple = isPlain(payload, '', 0);
    const text = JSON.stringify(payload);
    if (isSimple || comesBack(payload, text, eventClass)) return text;
    // Only here, because a replacer makes the writing of every payload slower.
    const exact = JSON.stringify(payload, withNegativeZero);
    if (!comesBack(payload, exact, eventClass)) throw new PayloadProblem('an object of a class would not come back as one');
    return exact;
  } catch (error) {
    throw error instanceof PayloadProblem ? error : new PayloadProblem(`it cannot be read: ${messageOf(error)}`);
  }
}

/**
 * Whether the value comes back for certain. `false`: it has to be tried, because classes are involved.
 *
 * @throws PayloadProblem for what no text can hold
 */
function isPlain(value: unknown, path: string, depth: number): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'string') return assertThat(value.isWellFormed(), path, 'a text with half of a surrogate pair');
  // JSON knows a zero below zero, but its writer leaves out the sign.
  if (typeof value === 'number')
    return assertThat(Number.isFinite(value), path, 'a number that JSON does not know') && !Object.is(value, -0);
  if (typeof value !== 'object') return assertThat(false, path, KINDS[typeof value] ?? `a ${typeof value}`);
  assertThat(depth < MAX_DEPTH, path, `more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return allPlain(value, path, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isOrdinary = prototype === Object.prototype || prototype === null || (depth === 0 && isOfOrdinaryClass(value));
  let allSimple = isOrdinary && Object.getOwnPropertySymbols(value).length === 0;
  for (const [name, field] of Object.entries(value)) {
    // A field that is undefined is left out, and is undefined again afterwards.
    if (field !== undefined && !isPlain(field, path === '' ? name : `${path}.${name}`, depth + 1)) allSimple = false;
    // class-transformer leaves out what is a method of every object, or trips over it.
    assertThat(!(name in Object.prototype) && name.isWellFormed(), path, 'a field with a name that does not come back');
  }
  return allSimple;
}

/** An event class has nothing but fields; a `Map`, a `Date` or an `Error` has more than JSON sees. */
function isOfOrdinaryClass(value: object): boolean {
  return !('toJSON' in value) && Object.prototype.toString.call(value) === '[object Object]';
}

function allPlain(list: readonly unknown[], path: string, depth: number): boolean {
  let allSimple = true;
  for (let index = 0; index < list.length; index++) if (!isPlain(list[index], `${path}[${index}]`, depth + 1)) allSimple = false;
  return allSimple;
}

function comesBack(payload: unknown, text: string, eventClass: ClassConstructor<object> | undefined): boolean {
  const plain: unknown = JSON.parse(text);
  return isDeepStrictEqual(eventClass ? instanceOf(eventClass, plain) : plain, payload);
}

/** For `JSON.stringify`, which writes 0 for -0. */
function withNegativeZero(_key: string, value: unknown): unknown {
  return Object.is(value, -0) ? NEGATIVE_ZERO : value;
}

function assertThat(holds: boolean, path: string, what: string): true {
  if (!holds) throw new PayloadProblem(`${path === '' ? 'it' : `"${path}"`} has ${what}`);
  return true;
}
