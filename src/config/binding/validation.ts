/** Runs class-validator over instances that the binder made and turns its errors into problems with places. */
import type { Type } from '@nestjs/common';
import { IS_INT, IS_NUMBER, type ValidationError } from 'class-validator';
import type { ConfigurationProblem, ProblemCode, Path } from '../configuration-problem.js';
import { kindOf, type ConfigurationNode } from '../tree/configuration-node.js';
import { readPlainScalar } from '../tree/plain-scalar.js';
import { classModel } from '../settings/class-model.js';
import type { MapEntry } from './binder.js';
import { entryFailures, failuresOf } from '../settings/failures.js';
import { IS_NESTED } from '../settings/nested.decorator.js';
import { concealing, pathKey, type Place } from './place.js';
import { IS_QUANTITY } from '../settings/quantity.decorator.js';
import { UNIT_FORM, type Quantity } from '../settings/units.js';
import { validationErrors } from '../settings/validation-errors.js';

/** How a text with a unit is written, by the check that it has not passed. */
const UNIT_FORMS: ReadonlyMap<string, string> = new Map(
  Object.entries(IS_QUANTITY).map(([quantity, check]) => [check, UNIT_FORM[quantity as Quantity]]),
);

export class Validation {
  readonly problems: ConfigurationProblem[] = [];
  readonly #place: Place;
  readonly #settledPaths: ReadonlySet<string>;

  /** @param settledPaths paths that have a problem already: nothing more is said about them, nor about what is below */
  constructor(place: Place, settledPaths: ReadonlySet<string>) {
    this.#place = place;
    this.#settledPaths = settledPaths;
  }

  /** Validates an instance with all that is nested in it. Unknown keys do not matter here: the binder never sets one. */
  check(instance: object, path: Path): void {
    try {
      this.#report(validationErrors(instance), instance, path);
    } catch (error) {
      // The message of what was thrown may hold a value.
      const kind = error instanceof Error ? error.name : 'something that is not an error';
      this.problems.push(
        this.#place.problemAt(path, `a check of the class ${instance.constructor.name} threw ${kind}`, 'value', {
          code: 'CONFIG_CLASS',
        }),
      );
    }
  }

  /** One value in a map of plain values, with the checks on each. */
  checkEntry({ type, setting, path, value }: MapEntry): void {
    const node = this.#place.nodeAt(path);
    for (const { message, check, isAboutType } of entryFailures(type, setting, value)) {
      if (isAboutType && node !== undefined)
        this.#add(this.#place, path, message + butIs(node, check), 'CONFIG_WRONG_TYPE');
      else this.#add(this.#place, path, message, 'CONFIG_VALUE_REFUSED');
    }
  }

  #report(errors: readonly ValidationError[], target: object, path: Path): void {
    for (const error of errors) {
      const at = [...path, Array.isArray(target) ? Number(error.property) : error.property];
      if (this.#settledPaths.has(pathKey(at))) continue;
      if (error.constraints && !Array.isArray(target)) this.#fail(target, error, at);
      const below = (target as Readonly<Record<string, unknown>>)[error.property];
      if (typeof below === 'object' && below !== null) this.#report(error.children ?? [], below, at);
    }
  }

  #fail(target: object, error: ValidationError, path: Path): void {
    const node = this.#place.nodeAt(path);
    const failures = failuresOf(target, error);
    // Failures of single values of a map are reported at the value.
    if (failures.length === 0) return;
    const value = (target as Readonly<Record<string, unknown>>)[error.property];
    // The binder made the target from a configuration class, which is therefore its constructor.
    const isSecret = classModel(target.constructor as Type<object>).settings.get(error.property)?.secret !== undefined;
    const place = isSecret ? concealing(this.#place) : this.#place;
    if (node !== undefined && !isNull(node)) {
      // A shape that is written wrong has been refused by the binder, with the place inside it.
      const reported = failures.filter(({ check }) => check !== IS_NESTED);
      for (const { message, check, isAboutType } of reported) {
        if (isAboutType) this.#add(place, path, message + butIs(node, check), 'CONFIG_WRONG_TYPE');
        else this.#add(place, path, message, 'CONFIG_VALUE_REFUSED');
      }
    } else if (value === undefined || value === null) {
      this.#add(place, path, `is missing: ${failures.map(({ message }) => message).join('; ')}`, 'CONFIG_MISSING');
    } else {
      for (const { message } of failures)
        this.#add(place, path, `the default does not pass: ${message}`, 'CONFIG_CLASS');
    }
  }

  #add(place: Place, path: Path, message: string, code: ProblemCode): void {
    this.problems.push(place.problemAt(path, message, 'value', { code }));
  }
}

function isNull(node: ConfigurationNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** Says what was found, unless it is a number where another kind of number is needed. */
function butIs(node: ConfigurationNode, check: string): string {
  const kind = kindOf(node);
  const unit = kind === 'a text' ? UNIT_FORMS.get(check) : undefined;
  if (kind === 'a number' && (check === IS_INT || check === IS_NUMBER)) return '';
  if (kind === 'a number' && check === IS_QUANTITY.byteSize) return '; a number of bytes has no decimal places';
  const isInQuotes =
    node.kind === 'scalar' && typeof node.value === 'string' && typeof readPlainScalar(node.value) !== 'string';
  // A text would do, so that it is one says nothing about what is wrong with it.
  if (unit !== undefined && !isInQuotes) return `; this text has another form: write ${unit}`;
  return `, but is ${kind}${isInQuotes ? ': remove the quotes' : ''}`;
}
