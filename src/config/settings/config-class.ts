/** What class-validator knows about a configuration class: which settings it has, and which checks each has. */
import type { Type } from '@nestjs/common';
import { IS_NOT_EMPTY_OBJECT, IS_OBJECT, ValidationTypes } from 'class-validator';
import { checksOf, type Checks } from './class-validator-storage.js';
import { enumNames, type EnumNames } from './enum-names.js';
import { readDeprecations, type Deprecation } from './deprecated.metadata.js';
import { readNested, type NestedSetting } from './nested.metadata.js';
import { readQuantityOf } from './quantity.metadata.js';
import { readSecret, type SecretSetting } from './secret.metadata.js';
import type { Quantity } from './units.js';

/** What the binder has to know before it sets anything. */
export interface ConfigClass {
  /** The settings that may be written: the properties with a decorator. */
  readonly settings: ReadonlySet<string>;
  /** Those of them that one should write: all but the deprecated ones. */
  readonly current: ReadonlySet<string>;
  readonly deprecations: ReadonlyMap<string, Deprecation>;
  readonly nested: ReadonlyMap<string, NestedSetting>;
  readonly quantities: ReadonlyMap<string, Quantity>;
  readonly secrets: ReadonlyMap<string, SecretSetting>;
  /** Settings with `@ValidateNested` and without `@Nested`: nothing would make instances of their class, and so nothing would be checked. */
  readonly barelyNested: ReadonlySet<string>;
  /** Settings whose values are numbers of an enum, with the names that stand for them. */
  readonly enums: ReadonlyMap<string, EnumNames>;
  /** Settings that are maps from names that the operator chooses to plain values: a check on each, and `@IsObject` or a map as the default. */
  readonly plainMaps: ReadonlySet<string>;
  /** Settings with a check on each item, but for those. Without `@IsArray`, class-validator would run it on a single value and let that pass. */
  readonly lists: ReadonlySet<string>;
}

/** A class is complete when its decorators have run, which is before anybody can pass it on. */
const known = new WeakMap<Type<object>, ConfigClass>();

export function configClass(type: Type<object>): ConfigClass {
  const before = known.get(type);
  if (before) return before;
  const described = describe(type);
  known.set(type, described);
  return described;
}

/** The names of the settings that one should write for the class: all but the deprecated ones. */
export function settingsOf(type: Type<object>): ReadonlySet<string> {
  return configClass(type).current;
}

function describe(type: Type<object>): ConfigClass {
  const checks = checksOf(type);
  const deprecations = readDeprecations(type);
  const settings = new Set([...propertiesOf(checks), ...deprecations.keys()]);
  const nested = recorded(settings, (key) => readNested(type, key));
  const byKey = Map.groupBy(checks, ({ propertyName }) => propertyName);
  const plainMaps = new Set([...settings].filter((key) => isPlainMap(type, key, byKey.get(key) ?? [])));
  const isBare = (check: Checks[number]): boolean =>
    check.type === ValidationTypes.NESTED_VALIDATION && !nested.has(check.propertyName);
  return {
    settings,
    current: new Set([...settings].filter((key) => !deprecations.has(key))),
    deprecations,
    nested,
    quantities: recorded(settings, (key) => readQuantityOf(type, key)),
    secrets: recorded(settings, (key) => readSecret(type, key)),
    barelyNested: propertiesOf(checks.filter(isBare)),
    enums: recorded(settings, (key) => enumNames(byKey.get(key) ?? [])),
    plainMaps,
    lists: propertiesOf(checks.filter((check) => check.each && !plainMaps.has(check.propertyName))),
  };
}

/** class-validator means a list by `each`; that a map is meant has to be said, or shown by the default. */
export function isPlainMap(type: Type<object>, key: string, checks: Checks): boolean {
  if (!checks.some(({ each }) => each)) return false;
  if (checks.some(({ name, each }) => !each && (name === IS_OBJECT || name === IS_NOT_EMPTY_OBJECT))) return true;
  const value = (sampleOf(type) as Readonly<Record<string, unknown>> | undefined)?.[key];
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const samples = new WeakMap<Type<object>, { readonly instance: object | undefined }>();

/** An instance with the defaults; `undefined` for a class that cannot be made, which is a problem of the binding. */
function sampleOf(type: Type<object>): object | undefined {
  const sample = samples.get(type);
  if (sample) return sample.instance;
  let instance: object | undefined;
  try {
    instance = new type();
  } catch {
    instance = undefined;
  }
  samples.set(type, { instance });
  return instance;
}

function recorded<T>(keys: Iterable<string>, read: (key: string) => T | undefined): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const key of keys) {
    const value = read(key);
    if (value !== undefined) found.set(key, value);
  }
  return found;
}

function propertiesOf(checks: Checks): ReadonlySet<string> {
  return new Set(checks.map(({ propertyName }) => propertyName));
}
