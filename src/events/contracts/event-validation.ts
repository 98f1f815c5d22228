/** Runs the class-validator decorators of an event class. Knows nothing about who publishes. */
import { plainToInstance, type ClassConstructor } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';

/** Whether any decorator of class-validator stands on the class or on a parent of it. */
export function hasValidation(eventClass: ClassConstructor<object>): boolean {
  return getMetadataStorage().getTargetValidationMetadatas(eventClass, '', false, false).length > 0;
}

/** What is wrong with the properties of `event`, as `path: message`; empty when nothing is. Never shows a value. */
export function propertyProblems(event: object): string[] {
  const errors = validateSync(event, { forbidUnknownValues: false, validationError: { target: false } });
  return errors.length === 0 ? [] : errors.flatMap((error) => describe(error, '')).sort();
}

/** `payload` as an instance of the class; nested objects too where `@Type` names their class. */
export function instanceOf(eventClass: ClassConstructor<object>, payload: unknown): object {
  return payload instanceof eventClass ? payload : plainToInstance(eventClass, payload ?? {});
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
