/**
 * Reads the text of a variable as exactly one type. What is not written in the one way that the type has is refused: nothing is trimmed,
 * guessed or rounded. A message never holds the text.
 */
import type { MembersByName } from '../settings/check-facts.js';
import { EXAMPLES, readQuantity } from '../settings/units.js';
import type { TargetType } from './target-type.js';

/** The value, or what the text must be instead. */
export type ReadText =
  | { readonly value: string | number | boolean | readonly (string | number | boolean)[] }
  /** A map or a list in JSON, to be read with its places. */
  | { readonly json: string }
  | { readonly mustBe: string };

/** The grammar of JSON. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** No number that fits is longer. */
const LONGEST_NUMBER = 64;

const MUST_BE = {
  boolean: 'must be true or false, in lower case and without blanks',
  integer: 'must be a whole number that is kept exactly, in decimal digits: 30',
  number: 'must be a number that is kept exactly, in decimal digits: 0.5',
  map: 'must be a map in JSON: {"key": "value"}; or set its keys one by one, each in a variable that ends with __<KEY>',
  list: 'must be a list, separated by commas without blanks around them, or in JSON: ["a", "b"]; [] is the empty one',
};

export function readText(text: string, target: TargetType): ReadText {
  switch (target.kind) {
    case 'text':
      return { value: text };
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { mustBe: MUST_BE.boolean };
    case 'integer':
    case 'number':
      return readNumber(text, target.kind);
    case 'duration':
    case 'byteSize': {
      const value = readQuantity(text, target.kind);
      return value === undefined ? { mustBe: `must be ${EXAMPLES[target.kind]}, without blanks` } : { value };
    }
    case 'member':
      return readMember(text, target.members);
    case 'map':
      return isJson(text, '{') ? { json: text } : { mustBe: MUST_BE.map };
    case 'list':
      return readList(text, target.item);
  }
}

/** `1e3` is a whole number and `1.5` is not. Refuses what would be rounded, overflow or become 0. */
function readNumber(text: string, kind: 'integer' | 'number'): ReadText {
  const value = text.length <= LONGEST_NUMBER && NUMBER.test(text) ? Number(text) : Number.NaN;
  const isWhole = Number.isInteger(value);
  const isKept = Number.isFinite(value) && (value !== 0 || !/[1-9]/.test(mantissa(text)));
  const isExact = !isWhole || Number.isSafeInteger(value) || (kind === 'number' && /[eE]/.test(text));
  return isKept && isExact && (isWhole || kind === 'number') ? { value } : { mustBe: MUST_BE[kind] };
}

function mantissa(text: string): string {
  return text.split(/[eE]/, 1)[0] ?? '';
}

function readList(text: string, item: (TargetType & { kind: 'list' })['item']): ReadText {
  if (text.startsWith('[')) return isJson(text, '[') ? { json: text } : { mustBe: MUST_BE.list };
  if (item === 'map') return { mustBe: 'must be a list of maps in JSON: [{"key": "value"}]' };
  const parts = text.split(',');
  if (parts.some((part) => part === '' || part.trim() !== part)) return { mustBe: MUST_BE.list };
  const values: (string | number | boolean)[] = [];
  for (const part of parts) {
    const read = readText(part, item);
    if (!('value' in read) || typeof read.value === 'object')
      return { mustBe: `each item ${'mustBe' in read ? read.mustBe : ''}` };
    values.push(read.value);
  }
  return { value: values };
}

/** The name of a member, or its number as it stands in the enum. */
function readMember(text: string, members: MembersByName): ReadText {
  const value = members.get(text) ?? [...members.values()].find((number) => String(number) === text);
  return value === undefined ? { mustBe: `must be one of ${[...members.keys()].join(', ')}` } : { value };
}

/** YAML, which reads the places later, would let more pass than JSON does. */
function isJson(text: string, opening: '{' | '['): boolean {
  if (!text.startsWith(opening)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
