/** What kind of value a setting takes, from its checks; where they leave it open, from its default and the type that the compiler recorded. */
import type { Type } from '@nestjs/common';
import { IS_ARRAY, IS_OBJECT, ValidationTypes } from 'class-validator';
import type { Checks } from './class-validator-storage.js';
import { isPlainMap } from './config-class.js';
import { demandOf } from './failure-messages.js';
import { IS_NESTED } from './nested.decorator.js';
import { factsOf, wordsOf, type CheckFacts } from './check-facts.js';
import type { ListType, ScalarKind, ScalarType, SchemaFacts } from './class-description.js';

export type Check = Checks[number];

export interface PlainSetting {
  readonly type:
    ScalarType | ListType | { readonly kind: 'map'; readonly values: undefined; readonly plain?: ScalarType };
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
 * The type of a setting that is no class of its own, and what its checks ask in words.
 *
 * @param sample the default, or the type that the compiler recorded
 */
export function plainSetting(owner: Type<object>, checks: readonly Check[], sample: unknown): PlainSetting {
  const relevant = checks.filter((check) => !isCondition(check) && check.name !== IS_NESTED).toReversed();
  const onItems = relevant.filter(({ each }) => each);
  const onValue = relevant.filter(({ each }) => !each);
  const whole = assemble(owner, onValue, sample);
  const isMap = isPlainMap(owner, checks[0]?.propertyName ?? '', [...checks]);
  if (onItems.length > 0 || isList(onValue)) {
    const items = assemble(owner, onItems, undefined);
    const ofItems = items.constraints.map((words) => `each ${words.replace(/^each value /, '')}`);
    if (isMap)
      return {
        type: { kind: 'map', values: undefined, plain: items.type },
        constraints: [...whole.constraints, ...ofItems],
      };
    const { type: _type, ...schema } = whole.type.schema;
    return {
      type: { kind: 'list', items: items.type, schema },
      constraints: [...whole.constraints, ...ofItems],
    };
  }
  if (onValue.some(({ name }) => name === IS_OBJECT))
    return { type: { kind: 'map', values: undefined }, constraints: whole.constraints };
  return whole;
}

function assemble(
  owner: Type<object>,
  checks: readonly Check[],
  sample: unknown,
): { type: ScalarType; constraints: string[] } {
  const kinds = new Set(checks.map((check) => facts(check, undefined).kind));
  const asked = MOST_SPECIFIC.find((kind) => kinds.has(kind));
  const found = asked ?? kindOfSample(sample);
  const all = checks.map((check) => ({ check, facts: facts(check, found) }));
  const listing = all.find((one) => one.facts.values !== undefined)?.facts;
  const values = listing?.values;
  const name = values ? kindOfSample(values[0]) : found;
  // A kind that only the default suggests is a word for people: the check of an author may take other kinds as well.
  const jsonType = values || asked === undefined ? undefined : SCHEMA_TYPES[asked];
  const limits = Object.assign({}, ...all.map((one) => one.facts.schema ?? {})) as SchemaFacts;
  const told = all.map((one) => one.facts.words ?? (isToldByLimits(one.facts) ? '' : demandOf(owner, one.check)));
  return {
    type: {
      kind: 'scalar',
      name,
      values,
      ...(listing?.alsoTaken && { alsoTaken: listing.alsoTaken }),
      schema: { ...(jsonType === undefined ? {} : { type: jsonType }), ...limits },
    },
    constraints: [...wordsOf(limits, name), ...new Set(told.filter((words) => words !== ''))],
  };
}

function facts({ name, constraints }: Check, kind: ScalarKind | undefined): CheckFacts {
  return name === undefined ? {} : factsOf(name, constraints ?? [], kind);
}

/** A pattern says nothing to a person that its message does not say better. */
function isToldByLimits({ schema = {} }: CheckFacts): boolean {
  const keywords = Object.keys(schema);
  return keywords.length > 0 && !keywords.includes('pattern');
}

function isList(checks: readonly Check[]): boolean {
  return checks.some(({ name }) => name === IS_ARRAY || name?.startsWith('array'));
}

function kindOfSample(sample: unknown): ScalarKind {
  if (typeof sample === 'string' || sample === String) return 'text';
  if (typeof sample === 'number' || sample === Number) return 'number';
  return typeof sample === 'boolean' || sample === Boolean ? 'true or false' : 'anything';
}
