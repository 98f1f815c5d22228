/**
 * The sentences of checks. They are made from the checks with a stand-in for the value: a message of class-validator, or of an author, may hold the
 * value itself, and values of configuration never go into a report.
 */
import type { Type } from '@nestjs/common';
import { IS_ENUM, type ValidationArguments } from 'class-validator';
import { membersByName } from './check-facts.js';
import { constraintsOf, type Check, type Constraints } from './class-validator-storage.js';

const LONGEST_MESSAGE = 300;

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

/** What a check that failed says, without the value. @param standIn its value is of the same kind and length */
export function sentence(checks: readonly Check[], name: string, standIn: ValidationArguments): string {
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
    const names = name === IS_ENUM && !check.message ? membersByName([check]) : undefined;
    if (names !== undefined) return `${check.each ? 'each value ' : ''}must be one of ${[...names.keys()].join(', ')}`;
    const template =
      typeof check.message === 'function'
        ? check.message(given)
        : check.message || constraint.instance.defaultMessage?.(given);
    return template && withoutTokens(template, given);
  }
  return undefined;
}

export function constraintOf(check: Check, name: string): Constraints[number] | undefined {
  return constraintsOf(check.constraintCls).find((constraint) => constraint.name === name);
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
