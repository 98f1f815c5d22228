/** Which type a setting has, so that the text of a variable can be read as nothing else. */
import type { Type } from '@nestjs/common';
import * as checkNames from 'class-validator';
import { checksOf, type Checks } from '../settings/class-validator-storage.js';
import { isPlainMap } from '../settings/config-class.js';
import { enumNames, type EnumNames } from '../settings/enum-names.js';
import { declaredType, readNested } from '../settings/nested.metadata.js';
import { readQuantityOf } from '../settings/quantity.metadata.js';
import type { Quantity } from '../settings/units.js';

type ScalarType = 'boolean' | 'integer' | 'number' | 'text' | Quantity;

export type PlainTarget =
  | { readonly kind: ScalarType }
  /** An enum of numbers. */
  | { readonly kind: 'member'; readonly names: EnumNames };

export type TargetType =
  | PlainTarget
  /** A list of plain values; `item` is what each of them is. */
  | { readonly kind: 'list'; readonly item: PlainTarget | 'map' }
  /** `values` is what each value is, where all of them are plain. */
  | { readonly kind: 'map'; readonly values?: PlainTarget };

type Check = Checks[number];

const BOOLEANS: ReadonlySet<string> = new Set([checkNames.IS_BOOLEAN]);
const INTEGERS: ReadonlySet<string> = new Set([checkNames.IS_INT]);
const NUMBERS: ReadonlySet<string> = new Set([
  checkNames.IS_NUMBER,
  checkNames.MIN,
  checkNames.MAX,
  checkNames.IS_POSITIVE,
  checkNames.IS_NEGATIVE,
  checkNames.IS_DIVISIBLE_BY,
]);
const TEXTS: ReadonlySet<string> = new Set([
  checkNames.IS_STRING,
  checkNames.IS_LENGTH,
  checkNames.MIN_LENGTH,
  checkNames.MAX_LENGTH,
  checkNames.MATCHES,
]);
const LISTS: ReadonlySet<string> = new Set([checkNames.IS_ARRAY, checkNames.ARRAY_MIN_SIZE, checkNames.ARRAY_MAX_SIZE]);
const MAPS: ReadonlySet<string> = new Set([checkNames.IS_OBJECT, checkNames.IS_NOT_EMPTY_OBJECT]);

/**
 * From the decorators of the setting, then from the type that the compiler recorded, then from its default. Where none of them tells, it
 * is text: that is what a variable holds, and nothing is converted then.
 */
export function targetType(type: Type<object>, key: string, defaultValue: unknown): TargetType {
  const nested = readNested(type, key);
  if (nested) return nested.shape === 'list' ? { kind: 'list', item: 'map' } : { kind: 'map' };
  const checks = checksOf(type).filter(({ propertyName }) => propertyName === key);
  const quantity = readQuantityOf(type, key);
  const names = enumNames(checks);
  const known: PlainTarget | undefined = quantity ? { kind: quantity } : names && { kind: 'member', names };
  const ofItems = checks.filter(({ each }) => each);
  const ofValue = checks.filter(({ each }) => !each);
  const declared = declaredType(type.prototype, key);
  if (isPlainMap(type, key, checks))
    return { kind: 'map', values: known ?? { kind: scalarFromChecks(ofItems) ?? 'text' } };
  if (known && ofItems.length === 0) return known;
  const isList =
    ofItems.length > 0 ||
    declared === Array ||
    Array.isArray(defaultValue) ||
    ofValue.some((check) => isOneOf(check, LISTS));
  if (isList)
    return {
      kind: 'list',
      item: known ?? { kind: scalarFromChecks(ofItems) ?? scalarFromExample(firstOf(defaultValue)) ?? 'text' },
    };
  if (ofValue.some((check) => isOneOf(check, MAPS))) return { kind: 'map' };
  const scalar = scalarFromChecks(ofValue) ?? scalarFromDeclaration(declared) ?? scalarFromExample(defaultValue);
  if (scalar === undefined && typeof defaultValue === 'object' && defaultValue !== null) return { kind: 'map' };
  return { kind: scalar ?? 'text' };
}

function scalarFromChecks(checks: readonly Check[]): ScalarType | undefined {
  const has = (names: ReadonlySet<string>): boolean => checks.some((check) => isOneOf(check, names));
  if (has(TEXTS)) return 'text';
  if (has(BOOLEANS)) return 'boolean';
  if (has(INTEGERS)) return 'integer';
  if (has(NUMBERS)) return 'number';
  const allowed = checks.flatMap((check) => allowedValues(check));
  const kinds = new Set(allowed.map((value) => typeof value));
  return kinds.size === 1 ? scalarFromExample(allowed[0]) : undefined;
}

function isOneOf({ name }: Check, names: ReadonlySet<string>): boolean {
  return name !== undefined && names.has(name);
}

/** Of `@IsIn` the list, of `@IsEnum` the values. */
function allowedValues({ name, constraints }: Check): unknown[] {
  const given: unknown = name === checkNames.IS_IN ? constraints[0] : name === checkNames.IS_ENUM ? constraints[1] : [];
  return Array.isArray(given) ? given : [];
}

function scalarFromDeclaration(declared: unknown): ScalarType | undefined {
  if (declared === Boolean) return 'boolean';
  if (declared === Number) return 'number';
  return declared === String ? 'text' : undefined;
}

function scalarFromExample(example: unknown): ScalarType | undefined {
  if (typeof example === 'boolean') return 'boolean';
  if (typeof example === 'number') return 'number';
  return typeof example === 'string' ? 'text' : undefined;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
