/**
 * class-validator, compiled: for each class once, a list of closures over what stands behind its decorators. They only find out whether all is well,
 * which is nearly always so. Where something is wrong, or a class has what is not compiled, class-validator itself says what.
 */
import type { Type } from '@nestjs/common';
import { validateSync, ValidationTypes, type ValidationError } from 'class-validator';
import {
  checksOf,
  constraintsOf,
  withRememberedMetadata,
  type Check,
  type Constraints,
} from './class-validator-storage.js';

/** Whether the value of a property passes. @param owner the object that has the property */
type Passes = (owner: object, value: unknown) => boolean;

const { CUSTOM_VALIDATION, NESTED_VALIDATION, CONDITIONAL_VALIDATION, WHITELIST, IS_DEFINED } = ValidationTypes;
const COMPILED: ReadonlySet<string> = new Set([
  CUSTOM_VALIDATION,
  NESTED_VALIDATION,
  CONDITIONAL_VALIDATION,
  WHITELIST,
  IS_DEFINED,
]);

const OPTIONS = { forbidUnknownValues: false, validationError: { target: false } } as const;

/** What a class asks of one of its properties. */
interface Property {
  readonly name: string;
  readonly passes: Passes;
}

/** `null` for a class with something that is not compiled. */
const compiledByClass = new WeakMap<object, readonly Property[] | null>();

/**
 * What is wrong with the instance and with what is nested in it, as `validateSync` of class-validator says it; unknown properties are not wrong. A
 * check may be called twice for a value that it refuses.
 *
 * @throws what a check throws
 */
export function validationErrors(instance: object): ValidationError[] {
  return passes(instance) ? [] : withRememberedMetadata(() => validateSync(instance, OPTIONS));
}

/** `false` also for what class-validator has to look at. */
function passes(instance: object): boolean {
  const properties = compiled(instance.constructor);
  if (properties === null) return false;
  for (const property of properties)
    if (!property.passes(instance, (instance as Readonly<Record<string, unknown>>)[property.name])) return false;
  return true;
}

/** A class is complete once its decorators have run. */
function compiled(type: unknown): readonly Property[] | null {
  if (typeof type !== 'function') return null;
  let properties = compiledByClass.get(type);
  if (properties === undefined) compiledByClass.set(type, (properties = compile(type as Type<object>)));
  return properties;
}

function compile(type: Type<object>): readonly Property[] | null {
  const checks = checksOf(type);
  if (checks.some((check) => !COMPILED.has(check.type))) return null;
  return [...Map.groupBy(checks, ({ propertyName }) => propertyName)].map(([name, own]) => {
    const ofType = (wanted: string): Check[] => own.filter((check) => check.type === wanted);
    const rules = [...ofType(IS_DEFINED), ...ofType(CUSTOM_VALIDATION)].flatMap((check) => compileCheck(type, check));
    if (ofType(NESTED_VALIDATION).length > 0) rules.push((_owner, value) => nestedPasses(value));
    const conditions = ofType(CONDITIONAL_VALIDATION).map(({ constraints }) => constraints[0] as Passes);
    return { name, passes: unless(conditions, every(rules)) };
  });
}

function every(rules: readonly Passes[]): Passes {
  const [first, second, third] = rules;
  if (!first) return () => true;
  if (!second) return first;
  if (!third) return (owner, value) => first(owner, value) && second(owner, value);
  return (owner, value) => {
    for (const rule of rules) if (!rule(owner, value)) return false;
    return true;
  };
}

/** The rules hold where all conditions do, of which each is asked, as class-validator does. */
function unless(conditions: readonly Passes[], rules: Passes): Passes {
  if (conditions.length === 0) return rules;
  return (owner, value) => {
    let isChecked = true;
    for (const condition of conditions) if (!condition(owner, value)) isChecked = false;
    return !isChecked || rules(owner, value);
  };
}

/** One rule for each constraint of the check. Those that are asynchronous say nothing in time. */
function compileCheck(type: Type<object>, check: Check): Passes[] {
  const { each, validateIf } = check;
  return constraintsOf(check.constraintCls).flatMap((constraint): Passes[] => {
    if (constraint.async) return [];
    const accepts = compileConstraint(type, check, constraint);
    const rule: Passes = each
      ? (owner, value) => {
          const items = itemsOf(value);
          return items ? items.every((item) => accepts(owner, value, item)) : accepts(owner, value, value);
        }
      : (owner, value) => accepts(owner, value, value);
    return [validateIf ? (owner, value) => !validateIf(owner, value) || rule(owner, value) : rule];
  });
}

/** A promise is no answer yet, and passes here as it does in `validateSync`. */
function compileConstraint(
  { name: targetName }: Type<object>,
  { propertyName: property, constraints }: Check,
  constraint: Constraints[number],
): (object: object, value: unknown, item: unknown) => boolean {
  // One that is made by a container is asked for each time, as class-validator does.
  if (!Object.hasOwn(constraint, 'instance')) {
    return (object, value, item) =>
      Boolean(constraint.instance.validate(item, { targetName, property, object, value, constraints }));
  }
  const { instance } = constraint;
  const validate = instance.validate.bind(instance);
  return (object, value, item) => Boolean(validate(item, { targetName, property, object, value, constraints }));
}

function nestedPasses(value: unknown): boolean {
  const items = itemsOf(value);
  if (items) return items.every(nestedPasses);
  return value === undefined || (value instanceof Object && passes(value));
}

/** What class-validator looks at one by one. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof Set || value instanceof Map ? [...value.values()] : undefined;
}
