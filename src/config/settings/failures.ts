/** What did not pass of one setting, as sentences without the value. */
import type { Type } from '@nestjs/common';
import type { ValidationArguments, ValidationError } from 'class-validator';
import { factsOf } from './check-facts.js';
import { constraintOf, sentence } from './check-messages.js';
import { classModel } from './class-model.js';
import { constraintsOf, type Check } from './class-validator-storage.js';
import { validationErrors } from './validation-errors.js';

export interface Failure {
  /** Its name in class-validator. */
  readonly check: string;
  readonly message: string;
  /** The value is of another kind than the setting. */
  readonly isAboutType: boolean;
}

/** What failed, in the order of the decorators; where the type is wrong, that alone. */
export function failuresOf(target: object, error: ValidationError): Failure[] {
  // The binder made the target from a configuration class, which is therefore its constructor.
  const type = target.constructor as Type<object>;
  const setting = classModel(type).settings.get(error.property);
  const checks = setting?.checks ?? [];
  const isAboutItems = (name: string): boolean =>
    checks.some((check) => check.each && constraintOf(check, name) !== undefined);
  const failed = Object.keys(error.constraints ?? {}).toReversed();
  const names = setting?.isPlainMap ? failed.filter((name) => !isAboutItems(name)) : failed;
  const ofType = names.filter((name) => factsOf(name).isAboutType && !isAboutItems(name));
  const standIn = standInArguments(type, error.property, (target as Readonly<Record<string, unknown>>)[error.property]);
  return (ofType.length > 0 ? ofType : names).map((name) => ({
    check: name,
    message: sentence(checks, name, standIn),
    isAboutType: ofType.length > 0,
  }));
}

/** What one value in a map of plain values does not pass, in the order of the decorators; where its type is wrong, that alone. */
export function entryFailures(type: Type<object>, setting: string, value: unknown): Failure[] {
  const checks = (classModel(type).settings.get(setting)?.checks ?? []).filter(({ each }) => each).toReversed();
  const standIn = standInArguments(type, setting, value);
  const accepts = (check: Check, { instance }: ReturnType<typeof constraintsOf>[number]): boolean =>
    instance.validate(value, { ...standIn, value, constraints: check.constraints ?? [] }) === true;
  const failed = checks.flatMap((check) =>
    constraintsOf(check.constraintCls)
      .filter((constraint) => !accepts(check, constraint))
      .map(({ name }) => ({ check, name })),
  );
  const ofType = failed.filter(({ name }) => factsOf(name).isAboutType);
  return (ofType.length > 0 ? ofType : failed).map(({ check, name }) => ({
    check: name,
    message: sentence([check], name, standIn).replace(/^each value (?:in \S+ )?/, ''),
    isAboutType: ofType.length > 0,
  }));
}

/** The keys of the settings that do not pass as they are: the same checks run that will run on what is written. */
export function unmetSettings(instance: object): ReadonlySet<string> {
  try {
    const failed = validationErrors(instance).filter(
      (error) => error.constraints !== undefined && failuresOf(instance, error).length > 0,
    );
    return new Set(failed.map(({ property }) => property));
  } catch {
    return new Set();
  }
}

function standInArguments(type: Type<object>, property: string, value: unknown): ValidationArguments {
  return { targetName: type.name, property, object: {}, value: standInFor(value), constraints: [] };
}

/** Of the same kind and length, because `@Length` words its message by them. */
function standInFor(value: unknown): unknown {
  if (typeof value === 'string') return '*'.repeat(value.length);
  return Array.isArray(value) ? Array.from({ length: value.length }) : undefined;
}
