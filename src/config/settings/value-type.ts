/** What kind of value a setting takes, from its checks; where they leave it open, from its default and the type that the compiler recorded. */
import type { Type } from '@nestjs/common';
import { ValidationTypes } from 'class-validator';
import { factsOf, wordsOf, type CheckFacts, type JsonValue, type ScalarKind, type SchemaFacts } from './check-facts.js';
import { demandOf } from './check-messages.js';
import type { Check } from './class-validator-storage.js';
import { IS_NESTED } from './nested.decorator.js';

export interface ScalarType {
  readonly kind: 'scalar';
  readonly name: ScalarKind;
  /** For a setting that takes some values only. */
  readonly values: readonly JsonValue[] | undefined;
  /** What may be written beside these: the numbers of an enum whose names are the values. */
  readonly alsoTaken?: readonly JsonValue[];
  /** All that JSON Schema can say about the value. */
  readonly schema: SchemaFacts;
}

interface PlainList {
  readonly kind: 'list';
  readonly items: ScalarType;
  readonly schema: SchemaFacts;
}

/** A map from names that the operator chooses to anything, or, where each is checked, to plain values. */
interface PlainMap {
  readonly kind: 'map';
  readonly values: undefined;
  readonly plain?: ScalarType;
}

export interface PlainValue {
  readonly type: ScalarType | PlainList | PlainMap;
  /** In words: `from 1 to 1000`. */
  readonly constraints: readonly string[];
}

/** The first that a check names is the kind: an integer is a number, and a duration a text, but not the other way round. */
const MOST_SPECIFIC: readonly ScalarKind[] = [
  'secret',
  'duration',
  'size',
  'whole number',
  'true or false',
  'URL',
  'date',
  'number',
  'text',
];

const SCHEMA_TYPES: Readonly<Partial<Record<ScalarKind, string>>> = {
  text: 'string',
  URL: 'string',
  date: 'string',
  secret: 'string',
  'whole number': 'integer',
  number: 'number',
  duration: 'number',
  size: 'integer',
  'true or false': 'boolean',
};

/** Says something about the setting as a whole, and not about its value. */
function isCondition(check: Check): boolean {
  const { CONDITIONAL_VALIDATION, NESTED_VALIDATION, WHITELIST } = ValidationTypes;
  return [CONDITIONAL_VALIDATION, NESTED_VALIDATION, WHITELIST].includes(check.type);
}

/**
 * The type of a setting that is not nested, and what its checks ask in words.
 *
 * @param sample the default, or the type that the compiler recorded
 */
export function plainValue(
  owner: Type<object>,
  checks: readonly Check[],
  { isMap, sample }: { readonly isMap: boolean; readonly sample: unknown },
): PlainValue {
  const relevant = checks.filter((check) => !isCondition(check) && check.name !== IS_NESTED).toReversed();
  const onItems = relevant.filter(({ each }) => each);
  const onValue = relevant.filter(({ each }) => !each);
  const whole = assemble(owner, onValue, sample);
  const shapes = new Set(onValue.map(({ name }) => factsOf(name).shape));
  if (onItems.length === 0 && !shapes.has('list'))
    return shapes.has('map') ? { type: { kind: 'map', values: undefined }, constraints: whole.constraints } : whole;
  const items = assemble(owner, onItems, undefined);
  const ofItems = items.constraints.map((words) => `each ${words.replace(/^each value /, '')}`);
  const constraints = [...whole.constraints, ...ofItems];
  if (isMap) return { type: { kind: 'map', values: undefined, plain: items.type }, constraints };
  const { type: _type, ...schema } = whole.type.schema;
  return { type: { kind: 'list', items: items.type, schema }, constraints };
}

function assemble(
  owner: Type<object>,
  checks: readonly Check[],
  sample: unknown,
): { type: ScalarType; constraints: string[] } {
  const kinds = new Set(checks.map((check) => factsOf(check.name, check.constraints).kind));
  const asked = MOST_SPECIFIC.find((kind) => kinds.has(kind));
  const found = asked ?? kindOfSample(sample);
  const all = checks.map((check) => ({ check, facts: factsOf(check.name, check.constraints, found) }));
  const listing = all.find((one) => one.facts.values !== undefined)?.facts;
  const values = listing?.values;
  const kindsOfValues = new Set(values?.map(kindOfSample));
  const [name = found] = kindsOfValues.size > 1 ? (['anything'] as const) : kindsOfValues;
  // A kind that only the default suggests is a word for people: the check of an author may take other kinds as well.
  const jsonType = values || asked === undefined ? undefined : SCHEMA_TYPES[asked];
  const limits = Object.assign({}, ...all.map((one) => one.facts.schema ?? {})) as SchemaFacts;
  const words = all.map((one) => one.facts.words ?? (isToldByLimits(one.facts) ? '' : demandOf(owner, one.check)));
  return {
    type: {
      kind: 'scalar',
      name,
      values,
      ...(listing?.alsoTaken && { alsoTaken: listing.alsoTaken }),
      schema: { ...(jsonType === undefined ? {} : { type: jsonType }), ...limits },
    },
    constraints: [...wordsOf(limits, name), ...new Set(words.filter((one) => one !== ''))],
  };
}

/** A pattern says nothing to a person that its message does not say better. */
function isToldByLimits({ schema = {} }: CheckFacts): boolean {
  const keywords = Object.keys(schema);
  return keywords.length > 0 && !keywords.includes('pattern');
}

/** @param sample a value, or a type that the compiler recorded */
export function kindOfSample(sample: unknown): ScalarKind {
  if (typeof sample === 'string' || sample === String) return 'text';
  if (typeof sample === 'number' || sample === Number) return 'number';
  return typeof sample === 'boolean' || sample === Boolean ? 'true or false' : 'anything';
}
