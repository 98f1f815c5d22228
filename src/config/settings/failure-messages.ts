/**
 * The sentences for one setting that did not pass. They are made again from the checks, with a stand-in for the value: a message of
 * class-validator, or of an author, may hold the value itself, and values of configuration never go into a report.
 */
import type { Type } from '@nestjs/common';
import {
  IS_ARRAY,
  IS_BOOLEAN,
  IS_DEFINED,
  IS_ENUM,
  IS_INT,
  IS_NUMBER,
  IS_OBJECT,
  IS_STRING,
  type ValidationArguments,
  type ValidationError,
} from 'class-validator';
import { IS_SECRET } from './is-secret.decorator.js';
import { checksOf, constraintsOf, type Checks, type Constraints } from './class-validator-storage.js';
import { isPlainMap } from './config-class.js';
import { enumNames } from './enum-names.js';
import { IS_NESTED } from './nested.decorator.js';
import { IS_QUANTITY } from './quantity.decorator.js';

type Check = Checks[number];

/** Where one of these fails, the others say nothing new: a text is not "less than 1". */
const CHECKS_OF_TYPE: ReadonlySet<string> = new Set([
  IS_DEFINED,
  IS_STRING,
  IS_INT,
  IS_NUMBER,
  IS_BOOLEAN,
  IS_ARRAY,
  IS_OBJECT,
  IS_NESTED,
  IS_SECRET,
  ...Object.values(IS_QUANTITY),
]);

const LONGEST_MESSAGE = 300;

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
  const checks = checksOf(target.constructor as Type<object>).filter(
    ({ propertyName }) => propertyName === error.property,
  );
  const value = (target as Readonly<Record<string, unknown>>)[error.property];
  const isMap = isPlainMap(target.constructor as Type<object>, error.property, checks);
  const failed = Object.keys(error.constraints ?? {}).toReversed();
  const names = isMap ? failed.filter((name) => !isAboutItems(checks, name)) : failed;
  const ofType = names.filter((name) => CHECKS_OF_TYPE.has(name) && !isAboutItems(checks, name));
  return (ofType.length > 0 ? ofType : names).map((name) => ({
    check: name,
    message: sentence(checks, name, standInArguments(target, error.property, value)),
    isAboutType: ofType.length > 0,
  }));
}

/** What one value in a map of plain values does not pass, in the order of the decorators; where its type is wrong, that alone. */
export function entryFailures(type: Type<object>, setting: string, value: unknown): Failure[] {
  const checks = checksOf(type)
    .filter(({ propertyName, each }) => propertyName === setting && each)
    .toReversed();
  const standIn = { targetName: type.name, property: setting, object: {}, value: standInFor(value), constraints: [] };
  const failed = checks.flatMap((check) =>
    constraintsOf(check.constraintCls)
      .filter(
        ({ instance }) =>
          instance.validate(value, { ...standIn, value, constraints: check.constraints ?? [] }) !== true,
      )
      .map(({ name }) => ({ check, name })),
  );
  const ofType = failed.filter(({ name }) => CHECKS_OF_TYPE.has(name));
  return (ofType.length > 0 ? ofType : failed).map(({ check, name }) => ({
    check: name,
    message: sentence([check], name, standIn).replace(/^each value (?:in \S+ )?/, ''),
    isAboutType: ofType.length > 0,
  }));
}

/** What a check asks of any value, for descriptions: its message, or its name where the message cannot be made without a value. */
export function demandOf(type: Type<object>, check: Check): string {
  const name = check.name ?? constraintsOf(check.constraintCls)[0]?.name ?? 'custom';
  return sentence([check], name, {
    targetName: type.name,
    property: check.propertyName,
    object: {},
    value: undefined,
    constraints: [],
  });
}

function sentence(checks: readonly Check[], name: string, standIn: ValidationArguments): string {
  try {
    const message = messageOf(checks, name, standIn);
    if (message) return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  } catch {
    // An author's message may fail without the value; the name of the check says enough then.
  }
  return `must satisfy the check "${name}"`;
}

function messageOf(checks: readonly Check[], name: string, standIn: ValidationArguments): string | undefined {
  for (const check of checks) {
    const constraint = constraintOf(check, name);
    if (constraint === undefined) continue;
    const given = { ...standIn, constraints: check.constraints ?? [] };
    const names = name === IS_ENUM && !check.message ? enumNames([check]) : undefined;
    if (names !== undefined) return `${check.each ? 'each value ' : ''}must be one of ${[...names.keys()].join(', ')}`;
    const template =
      typeof check.message === 'function'
        ? check.message(given)
        : check.message || constraint.instance.defaultMessage?.(given);
    return template && withoutTokens(template, given);
  }
  return undefined;
}

function constraintOf(check: Check, name: string): Constraints[number] | undefined {
  return constraintsOf(check.constraintCls).find((constraint) => constraint.name === name);
}

function isAboutItems(checks: readonly Check[], name: string): boolean {
  return checks.some((check) => check.each && constraintOf(check, name) !== undefined);
}

function standInArguments(target: object, property: string, value: unknown): ValidationArguments {
  return { targetName: target.constructor.name, property, object: {}, value: standInFor(value), constraints: [] };
}

/** Of the same kind and length, because `@Length` words its message by them. */
function standInFor(value: unknown): unknown {
  if (typeof value === 'string') return '*'.repeat(value.length);
  return Array.isArray(value) ? Array.from({ length: value.length }) : undefined;
}

/** The path stands before the message, so the name of the property is left out where it opens it. */
function withoutTokens(template: string, { constraints, property, targetName }: ValidationArguments): string {
  const message = template
    .replaceAll(/\$constraint(\d+)/g, (token, index: string) => constraintText(constraints[Number(index) - 1]) ?? token)
    .replaceAll('$value', 'the value')
    .replaceAll('$target', targetName)
    .replace(/^each value in \$property\b/, 'each value')
    .replace(/^\$property\s+/, '')
    .replaceAll('$property', property);
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

/** Constraints are part of the code and not of the configuration. */
function constraintText(constraint: unknown): string | undefined {
  if (constraint === undefined) return undefined;
  return Array.isArray(constraint) ? constraint.join(', ') : String(constraint);
}
