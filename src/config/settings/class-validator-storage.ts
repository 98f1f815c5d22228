/**
 * The metadata of class-validator, remembered for each class. class-validator searches the metadata of all classes for those of one, and a list of
 * all constraints for each of them: with hundreds of plugins that takes nearly all of the time. While it validates, its storage is replaced by one
 * that remembers both. What is used here and is not public API (the name of the global, one field, the name of a class) has a contract test; where a
 * version differs in them, validation is slower and as correct.
 */
import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
export type Checks = ReturnType<Storage['getTargetValidationMetadatas']>;
export type Check = Checks[number];
export type Constraints = ReturnType<Storage['getTargetValidatorConstraints']>;

/** The name of the global variable in which class-validator keeps its storage. */
const GLOBAL_NAME = 'classValidatorMetadataStorage';
/** What `registerDecorator` calls the classes that it makes itself; they hold no state and need no container. */
const OWN_CONSTRAINT = 'CustomConstraint';

const checksByClass = new WeakMap<object, Checks>();
const standsInFor = new WeakMap<Storage, Storage>();
const constraintsByClass = new WeakMap<object, Constraints>();

/** The checks of a class and of those that it extends. A class is complete once its decorators have run. */
export function checksOf(type: Type<object>): Checks {
  const known = checksByClass.get(type);
  if (known) return known;
  const checks = ownStorage(type).getTargetValidationMetadatas(type, '', false, false);
  checksByClass.set(type, checks);
  return checks;
}

/** What stands behind a check, with one instance for each. */
export function constraintsOf(constraintClass: Check['constraintCls']): Constraints {
  // Checks that are built in, such as @IsOptional, have none.
  if (typeof constraintClass !== 'function') return [];
  const known = constraintsByClass.get(constraintClass);
  if (known) return known;
  const constraints = trueStorage().getTargetValidatorConstraints(constraintClass);
  if (constraintClass.name === OWN_CONSTRAINT) {
    const instance: unknown = new (constraintClass as Type<unknown>)();
    // Configurable: a second copy of this file in the process defines it too.
    for (const constraint of constraints)
      Object.defineProperty(constraint, 'instance', { value: instance, configurable: true });
  }
  constraintsByClass.set(constraintClass, constraints);
  return constraints;
}

/** Runs `validate`, which must be synchronous, with what is remembered in place of the search. */
export function withRememberedMetadata<T>(validate: () => T): T {
  const storage = trueStorage();
  const remembering = Object.create(storage, {
    getTargetValidationMetadatas: {
      value: (type: Type<object>, schema: string, always: boolean, strictGroups: boolean, groups?: string[]) =>
        schema || always || strictGroups || groups
          ? storage.getTargetValidationMetadatas(type, schema, always, strictGroups, groups)
          : checksOf(type),
    },
    getTargetValidatorConstraints: { value: constraintsOf },
  }) as Storage;
  const globals = globalThis as { [GLOBAL_NAME]?: Storage };
  if (globals[GLOBAL_NAME] !== storage) return validate();
  standsInFor.set(remembering, storage);
  globals[GLOBAL_NAME] = remembering;
  try {
    return validate();
  } finally {
    globals[GLOBAL_NAME] = storage;
  }
}

/** The storage of class-validator, also while another one replaces it. */
function trueStorage(): Storage {
  const current = getMetadataStorage();
  return standsInFor.get(current) ?? current;
}

/** A view of the storage that holds this class and those that it extends, the furthest first, and so has nothing to search. */
function ownStorage(type: Type<object>): Storage {
  const storage = trueStorage();
  const all = (storage as unknown as { readonly validationMetadatas?: unknown }).validationMetadatas;
  if (!(all instanceof Map)) return storage;
  const chain: unknown[] = [];
  for (let current: unknown = type; typeof current === 'function'; current = Object.getPrototypeOf(current))
    chain.unshift(current);
  const own = new Map(chain.filter((each) => all.has(each)).map((each) => [each, all.get(each) as unknown]));
  return Object.create(storage, { validationMetadatas: { value: own } }) as Storage;
}
