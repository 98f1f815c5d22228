/**
 * The one table of what the checks of class-validator say about a value: its kind, and what JSON Schema and people read about it. A check
 * that is not listed here is described by its message.
 */
import {
  ARRAY_MAX_SIZE,
  ARRAY_MIN_SIZE,
  ARRAY_NOT_EMPTY,
  ARRAY_UNIQUE,
  EQUALS,
  IS_ARRAY,
  IS_BOOLEAN,
  IS_DATE_STRING,
  IS_DEFINED,
  IS_DIVISIBLE_BY,
  IS_ENUM,
  IS_IN,
  IS_INT,
  IS_ISO8601,
  IS_LENGTH,
  IS_NEGATIVE,
  IS_NOT_EMPTY,
  IS_NOT_EMPTY_OBJECT,
  IS_NUMBER,
  IS_OBJECT,
  IS_POSITIVE,
  IS_STRING,
  IS_URL,
  MATCHES,
  MAX,
  MAX_LENGTH,
  MIN,
  MIN_LENGTH,
} from 'class-validator';
import { IS_QUANTITY } from './quantity.decorator.js';
import { formatQuantity } from './units.js';
import { IS_SECRET } from './is-secret.decorator.js';
import { IS_NESTED } from './nested.decorator.js';
import type { Checks } from './class-validator-storage.js';

/** What YAML can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** What an operator calls the kind of a single value. */
export type ScalarKind =
  'text' | 'whole number' | 'number' | 'true or false' | 'duration' | 'size' | 'secret' | 'date' | 'URL' | 'anything';

/** Keywords of JSON Schema that a check amounts to. */
export type SchemaFacts = Readonly<Record<string, JsonValue>>;

export interface CheckFacts {
  /** The kind of value that the check takes alone; the others leave that open. */
  readonly kind?: ScalarKind;
  /** What the check takes alone, where that is more than one value. */
  readonly shape?: 'list' | 'map';
  /** Where it fails, the other checks say nothing new: a text is not "less than 1". */
  readonly isAboutType?: true;
  /** The values that it takes alone. */
  readonly values?: readonly JsonValue[];
  /** Other ways to write them. */
  readonly alsoTaken?: readonly JsonValue[];
  readonly schema?: SchemaFacts;
  /** `''`: the kind says it already. Without words, the message of the check is shown. */
  readonly words?: string;
}

type Constraints = readonly unknown[];

const KINDS: Readonly<Record<string, CheckFacts>> = {
  [IS_STRING]: { kind: 'text', isAboutType: true, words: '' },
  [IS_INT]: { kind: 'whole number', isAboutType: true, words: '' },
  [IS_BOOLEAN]: { kind: 'true or false', isAboutType: true, words: '' },
  [IS_QUANTITY.duration]: { kind: 'duration', isAboutType: true, words: '' },
  [IS_QUANTITY.byteSize]: { kind: 'size', isAboutType: true, words: '' },
  [IS_SECRET]: { kind: 'secret', isAboutType: true, words: '' },
  [IS_NESTED]: { isAboutType: true, words: '' },
  [IS_URL]: { kind: 'URL', words: '' },
  [IS_DATE_STRING]: { kind: 'date', words: 'in the form of ISO 8601' },
  [IS_ISO8601]: { kind: 'date', words: 'in the form of ISO 8601' },
  [IS_ARRAY]: { shape: 'list', isAboutType: true, words: '' },
  [IS_OBJECT]: { shape: 'map', isAboutType: true, words: '' },
  [IS_NOT_EMPTY_OBJECT]: { shape: 'map' },
  [IS_DEFINED]: { isAboutType: true, words: '' },
  [ARRAY_NOT_EMPTY]: { shape: 'list', schema: { minItems: 1 } },
  [ARRAY_UNIQUE]: { shape: 'list', schema: { uniqueItems: true } },
  [IS_POSITIVE]: { kind: 'number', schema: { exclusiveMinimum: 0 } },
  [IS_NEGATIVE]: { kind: 'number', schema: { exclusiveMaximum: 0 } },
};

const BY_CONSTRAINTS: Readonly<Record<string, (constraints: Constraints) => CheckFacts>> = {
  [IS_NUMBER]: ([options]) => ({ kind: 'number', isAboutType: true, words: decimalPlaces(options) }),
  [MIN]: ([minimum]) => ({ kind: 'number', ...numeric('minimum', minimum) }),
  [MAX]: ([maximum]) => ({ kind: 'number', ...numeric('maximum', maximum) }),
  [IS_DIVISIBLE_BY]: ([divisor]) => ({ kind: 'number', ...numeric('multipleOf', divisor) }),
  [MIN_LENGTH]: ([minLength]) => ({ kind: 'text', ...numeric('minLength', minLength) }),
  [MAX_LENGTH]: ([maxLength]) => ({ kind: 'text', ...numeric('maxLength', maxLength) }),
  [IS_LENGTH]: ([minLength, maxLength]) => ({
    kind: 'text',
    schema: { ...numeric('minLength', minLength).schema, ...numeric('maxLength', maxLength).schema },
  }),
  [ARRAY_MIN_SIZE]: ([minItems]) => ({ shape: 'list', ...numeric('minItems', minItems) }),
  [ARRAY_MAX_SIZE]: ([maxItems]) => ({ shape: 'list', ...numeric('maxItems', maxItems) }),
  [IS_IN]: ([values]) => oneOf(values),
  [IS_ENUM]: ([entity]) => factsOfEnum(entity),
  [EQUALS]: ([value]) => oneOf([value]),
  [MATCHES]: ([pattern]) => ({ kind: 'text', ...(pattern instanceof RegExp ? matching(pattern) : {}) }),
};

/** Checks that take texts only; each is described by its message. */
const TEXT_CHECK =
  /^(?:contains|notContains|is(?:Alpha|Alphanumeric|Ascii|Base64|BIC|ByteLength|CreditCard|Email|Fqdn|Hexadecimal|HexColor|Ip|Json|Jwt|Locale|Lowercase|MacAddress|MimeType|MongoId|NumberString|PhoneNumber|Port|SemVer|StrongPassword|TimeZone|Uppercase|Uuid))$/;

/** @param kind what the other checks have found, for the checks that mean something else for each kind */
export function factsOf(name: string | undefined, constraints: Constraints = [], kind?: ScalarKind): CheckFacts {
  if (name === undefined) return {};
  if (Object.hasOwn(KINDS, name)) return KINDS[name] ?? {};
  if (Object.hasOwn(BY_CONSTRAINTS, name)) return BY_CONSTRAINTS[name]?.(constraints) ?? {};
  if (name === IS_NOT_EMPTY) return kind === 'text' ? { schema: { minLength: 1 } } : { words: '' };
  if (name.startsWith('array')) return { shape: 'list' };
  return TEXT_CHECK.test(name) ? { kind: 'text' } : {};
}

/** What an operator writes for an enum of numbers, in its order, and the values for that: the names of numbers, and texts as they are. */
export type MembersByName = ReadonlyMap<string, number | string>;

/** From the `@IsEnum` among the checks; `undefined` without one, and where all its members are texts. */
export function membersByName(checks: Checks): MembersByName | undefined {
  const entity: unknown = checks.find(({ name }) => name === IS_ENUM)?.constraints?.[0];
  const members = typeof entity === 'object' && entity !== null ? membersOf(entity) : [];
  if (!members.some(([, value]) => typeof value === 'number')) return undefined;
  return new Map<string, number | string>(
    members.map(([name, value]) => (typeof value === 'number' ? [name, value] : [String(value), String(value)])),
  );
}

/** Without the names that TypeScript adds to an enum of numbers; class-validator takes those too, but they are not meant. */
function membersOf(entity: object): [name: string, value: unknown][] {
  return Object.entries(entity).filter(([key]) => !/^-?\d/.test(key));
}

/** What JSON Schema's keywords say, in the words of an operator. `pattern` is left to the message of its check. */
export function wordsOf(schema: SchemaFacts, kind: ScalarKind): string[] {
  const quantity = kind === 'duration' ? 'duration' : kind === 'size' ? 'byteSize' : undefined;
  const shown = (number: JsonValue): string => (quantity ? formatQuantity(Number(number), quantity) : String(number));
  // None is less than nothing, so a limit of nothing says nothing.
  const minimum = quantity && schema['minimum'] === 0 ? undefined : schema['minimum'];
  return [
    ...range(minimum, schema['maximum'], shown),
    ...('exclusiveMinimum' in schema ? [`more than ${String(schema['exclusiveMinimum'])}`] : []),
    ...('exclusiveMaximum' in schema ? [`less than ${String(schema['exclusiveMaximum'])}`] : []),
    ...('multipleOf' in schema ? [`a multiple of ${String(schema['multipleOf'])}`] : []),
    ...range(schema['minLength'], schema['maxLength'], (count) => counted(count, 'character')),
    ...range(schema['minItems'], schema['maxItems'], (count) => counted(count, 'item')),
    ...(schema['uniqueItems'] === true ? ['no item twice'] : []),
  ];
}

function range(
  least: JsonValue | undefined,
  most: JsonValue | undefined,
  shown: (value: JsonValue) => string,
): string[] {
  if (least === undefined) return most === undefined ? [] : [`at most ${shown(most)}`];
  if (most === undefined) return [`at least ${shown(least)}`];
  return [
    least === most
      ? `exactly ${shown(least)}`
      : `from ${isCount(shown(most)) ? String(least) : shown(least)} to ${shown(most)}`,
  ];
}

/** `5 characters`: the noun stands once in `from 1 to 5 characters`. */
function isCount(words: string): boolean {
  return words.includes(' ');
}

function counted(count: JsonValue, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function numeric(keyword: string, limit: unknown): { schema: SchemaFacts } {
  return { schema: typeof limit === 'number' ? { [keyword]: limit } : {} };
}

function oneOf(values: unknown): CheckFacts {
  const known = Array.isArray(values) ? values.filter(isScalar) : [];
  return known.length > 0 && Array.isArray(values) && known.length === values.length
    ? { values: known, words: '' }
    : {};
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The names of numbers and the texts. The numbers are taken too, although an operator need not know them. */
function factsOfEnum(entity: unknown): CheckFacts {
  const members = typeof entity === 'object' && entity !== null ? membersOf(entity) : [];
  const numbers = members.map(([, value]) => value).filter((value) => typeof value === 'number');
  const named = oneOf(members.map(([name, value]) => (typeof value === 'number' ? name : value)));
  return numbers.length > 0 ? { ...named, alsoTaken: numbers } : named;
}

/** JSON Schema's patterns have no flags and are read as with `u`; what cannot be said so is described in words only. */
function matching(pattern: RegExp): CheckFacts {
  const isPlain = !/[imsvy]/.test(pattern.flags) && isUnicodePattern(pattern.source);
  return isPlain ? { schema: { pattern: pattern.source } } : {};
}

function isUnicodePattern(source: string): boolean {
  try {
    return new RegExp(source, 'u').source === source;
  } catch {
    return false;
  }
}

function decimalPlaces(options: unknown): string {
  const places =
    typeof options === 'object' && options !== null && 'maxDecimalPlaces' in options
      ? options.maxDecimalPlaces
      : undefined;
  return typeof places === 'number' ? `with at most ${counted(places, 'decimal place')}` : '';
}
