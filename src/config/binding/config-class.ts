/** What class-validator knows about a configuration class: which settings it has, and which checks each has. */
import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { readNested } from './nested.metadata.js';

type Checks = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>;

/** What the binder has to know before it sets anything. */
export interface ConfigClass {
  /** The settings that may be written: the properties with a decorator. A property without one is the class's own affair. */
  readonly settings: ReadonlySet<string>;
  /** Settings with `@ValidateNested` and without `@Nested`: nothing would make instances of their class, and so nothing would be checked. */
  readonly barelyNested: ReadonlySet<string>;
  /** Settings with a check on each item. Without `@IsArray`, class-validator would run it on a single value and let that pass. */
  readonly lists: ReadonlySet<string>;
}

/** The checks of a class and of those that it extends. Searches the checks of all classes, so it is called once for each instance. */
export function checksOf(type: Type<object>): Checks {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}

export function configClass(type: Type<object>): ConfigClass {
  const checks = checksOf(type);
  const isBare = (check: Checks[number]): boolean =>
    check.type === ValidationTypes.NESTED_VALIDATION && readNested(type, check.propertyName) === undefined;
  return {
    settings: propertiesOf(checks),
    barelyNested: propertiesOf(checks.filter(isBare)),
    lists: propertiesOf(checks.filter((check) => check.each)),
  };
}

function propertiesOf(checks: Checks): ReadonlySet<string> {
  return new Set(checks.map(({ propertyName }) => propertyName));
}
