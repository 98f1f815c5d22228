/** Runs the class-validator decorators of an event class. Knows nothing about who publishes. */
import type { ClassConstructor } from 'class-transformer';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { validationErrors } from '../../config/index.js';
import { MAX_DEPTH } from './plain-data.js';
import { readTypedProperties } from './typed-properties.metadata.js';
import { instanceFrom, valuesOf } from './typed-values.js';

/**
 * True if any decorator of class-validator stands on the class or on a parent of it, or may stand on the class of a
 * property.
 */
export function hasValidation(eventClass: ClassConstructor<object>): boolean {
  const own = getMetadataStorage().getTargetValidationMetadatas(eventClass, '', false, false);
  return own.length > 0 || readTypedProperties(eventClass).length > 0;
}

/**
 * What is wrong with the properties of `event`, as `path: message`; empty when nothing is. Looks into typed properties,
 * also into those without `@ValidateNested`. Never shows a value.
 */
export function propertyProblems(event: object): string[] {
  const problems = [...ownProblems(event, ''), ...typedProblems(event, '', 0)];
  return problems.length === 0 ? problems : [...new Set(problems)].sort();
}

/** `payload` as an instance of the class, and the values of its typed properties as instances of theirs. */
export function instanceOf(eventClass: ClassConstructor<object>, payload: unknown): object {
  // What is no object is found to be wrong by the validation.
  return payload instanceof eventClass ? payload : instanceFrom(eventClass, (payload ?? {}) as object);
}

function ownProblems(value: object, prefix: string): string[] {
  return validationErrors(value).flatMap((error) => describe(error, prefix));
}

/** What class-validator does not look into by itself. */
function typedProblems(owner: object, prefix: string, depth: number): string[] {
  const { constructor } = owner;
  if (typeof constructor !== 'function' || depth === MAX_DEPTH) return [];
  const problems: string[] = [];
  for (const property of readTypedProperties(constructor as ClassConstructor<object>)) {
    const held = (owner as Readonly<Record<string, unknown>>)[property.name];
    if (held === undefined || held === null || (property.isValidated && hasNoTypedProperties(held))) continue;
    for (const [name, value] of valuesOf(property, held)) {
      const type = property.classOf(owner, value);
      // `@Type(() => Number)` and its like say nothing about fields.
      if (type === undefined || type === String || type === Number || type === Boolean || value instanceof Date)
        continue;
      const path = `${prefix}${name}`;
      if (typeof value === 'object' && value !== null) {
        if (!property.isValidated) problems.push(...ownProblems(value, `${path}.`));
        problems.push(...typedProblems(value, `${path}.`, depth + 1));
      } else if (!property.isValidated && type !== Date) problems.push(`${path}: must be an object`);
    }
  }
  return problems;
}

/** Nearly always so of what class-validator looks into: then nothing is left to find. */
function hasNoTypedProperties(held: object): boolean {
  if (Array.isArray(held))
    return held.every((item: unknown) => !(item instanceof Object) || hasNoTypedProperties(item));
  if (held instanceof Set || held instanceof Map || typeof held.constructor !== 'function') return false;
  return readTypedProperties(held.constructor as ClassConstructor<object>).length === 0;
}

function describe(error: ValidationError, prefix: string): string[] {
  const path = `${prefix}${error.property}`;
  const own = Object.entries(error.constraints ?? {}).map(
    ([constraint, message]) => `${path}: ${withoutValue(constraint, message, error.value)}`,
  );
  return [...own, ...(error.children ?? []).flatMap((child) => describe(child, `${path}.`))];
}

/** An author's message may quote the value (`$value`); then the name of the constraint has to do. */
function withoutValue(constraint: string, message: string, value: unknown): string {
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  const text = isText ? String(value) : '';
  return text.length >= 3 && message.includes(text) ? `violates ${constraint}` : message;
}
