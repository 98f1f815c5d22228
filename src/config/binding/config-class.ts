/** What class-validator knows about a configuration class: which settings it has, and which checks each has. */
import type { Type } from '@nestjs/common';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { readNested } from './nested.metadata.js';

type Checks = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>;

/** The checks of a class and of those that it extends. */
export function checksOf(type: Type<object>): Checks {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}

/** The settings that may be written: the properties with a decorator. A property without one is the class's own affair. */
export function settingsOf(type: Type<object>): ReadonlySet<string> {
  return new Set(checksOf(type).map(({ propertyName }) => propertyName));
}

/** Settings with `@ValidateNested` and without `@Nested`: nothing would make instances of their class, and so nothing would be checked. */
export function barelyNestedSettingsOf(type: Type<object>): ReadonlySet<string> {
  const nested = checksOf(type).filter((check) => check.type === ValidationTypes.NESTED_VALIDATION);
  return new Set(nested.map(({ propertyName }) => propertyName).filter((key) => readNested(type, key) === undefined));
}

/** Settings with a check on each item. Without `@IsArray`, class-validator would run it on a single value and let that pass. */
export function listSettingsOf(type: Type<object>): ReadonlySet<string> {
  const onItems = checksOf(type).filter((check) => check.each);
  return new Set(onItems.map(({ propertyName }) => propertyName));
}
