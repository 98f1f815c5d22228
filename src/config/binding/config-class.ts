/** What class-validator knows about a configuration class: which settings it has, and which checks each has. */
import type { Type } from '@nestjs/common';
import { ValidationTypes } from 'class-validator';
import { checksOf, type Checks } from './class-validator-storage.js';
import { readDeprecations, type Deprecation } from './deprecated.metadata.js';
import { readNested } from './nested.metadata.js';

/** What the binder has to know before it sets anything. */
export interface ConfigClass {
  /** The settings that may be written: the properties with a decorator. */
  readonly settings: ReadonlySet<string>;
  /** Those of them that one should write: all but the deprecated ones. */
  readonly current: ReadonlySet<string>;
  readonly deprecations: ReadonlyMap<string, Deprecation>;
  /** Settings with `@ValidateNested` and without `@Nested`: nothing would make instances of their class, and so nothing would be checked. */
  readonly barelyNested: ReadonlySet<string>;
  /** Settings with a check on each item. Without `@IsArray`, class-validator would run it on a single value and let that pass. */
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

function describe(type: Type<object>): ConfigClass {
  const checks = checksOf(type);
  const deprecations = readDeprecations(type);
  const isBare = (check: Checks[number]): boolean =>
    check.type === ValidationTypes.NESTED_VALIDATION && readNested(type, check.propertyName) === undefined;
  const settings = new Set([...propertiesOf(checks), ...deprecations.keys()]);
  return {
    settings,
    current: new Set([...settings].filter((key) => !deprecations.has(key))),
    deprecations,
    barelyNested: propertiesOf(checks.filter(isBare)),
    lists: propertiesOf(checks.filter((check) => check.each)),
  };
}

function propertiesOf(checks: Checks): ReadonlySet<string> {
  return new Set(checks.map(({ propertyName }) => propertyName));
}
