/** What is wrong with a configuration class itself, whatever is written for it: found when the class is first used, and for its author. */
import type { Type } from '@nestjs/common';
import { checksOf, constraintsOf } from './class-validator-storage.js';
import { configClass, type ConfigClass } from './config-class.js';
import { nestedClasses } from './discriminator.js';
import { ignoredDecorators } from './ignored-decorators.js';
import type { NestedSetting } from './nested.metadata.js';
import { unwritable, writableInstead } from './unwritable-default.js';

export interface ClassProblem {
  /** The field, from the class that was asked about: `featureFlags.level`. */
  readonly field: string;
  /** What is wrong and what to write. */
  readonly message: string;
}

const known = new WeakMap<Type<object>, readonly ClassProblem[]>();

/** The problems of the class and of those that are nested in it. Makes an instance of each, once, to see which fields it has. */
export function classProblems(type: Type<object>): readonly ClassProblem[] {
  const before = known.get(type);
  if (before) return before;
  const progress = { isComplete: true };
  const problems = problemsOf(type, '', new Set(), progress);
  if (progress.isComplete) known.set(type, problems);
  return problems;
}

function problemsOf(
  type: Type<object>,
  prefix: string,
  open: ReadonlySet<Type<object>>,
  progress: { isComplete: boolean },
): ClassProblem[] {
  const described = configClass(type);
  const own = [
    ...undecorated(type, described),
    ...bare(described),
    ...lost(described),
    ...asynchronous(type),
    ...ineffective(type, described),
    ...unreachable(type, described),
    ...secretMaps(described),
  ];
  const inside = new Set([...open, type]);
  const nested = [...described.nested].flatMap(([key, setting]) => {
    const inner = declaredClasses(setting);
    if (inner.length === 0) progress.isComplete = false;
    return inner.flatMap((one) => (inside.has(one) ? [] : problemsOf(one, `${prefix}${key}.`, inside, progress)));
  });
  return [...own.map(({ field, message }) => ({ field: `${prefix}${field}`, message })), ...nested];
}

/** Fields are there once an instance is made, also those without a value: nothing that is written would ever reach them. */
function undecorated(type: Type<object>, { settings }: ConfigClass): ClassProblem[] {
  const instance = instanceOf(type);
  return Object.keys(instance ?? {})
    .filter((field) => !settings.has(field))
    .map((field) => {
      const value = (instance as Readonly<Record<string, unknown>>)[field];
      const write = writableInstead(value)?.instead ?? `${decoratorFor(value)} above it`;
      return {
        field,
        message: `has no decorator in the class ${type.name}, so that nothing can be written for it; write ${write}, or call it #${field}`,
      };
    });
}

function decoratorFor(value: unknown): string {
  if (typeof value === 'number') return '@IsInt() or @IsNumber()';
  if (typeof value === 'boolean') return '@IsBoolean()';
  if (typeof value === 'string') return '@IsString()';
  if (Array.isArray(value)) return '@IsString({ each: true }) or another check of its items';
  if (typeof value === 'object' && value !== null && value.constructor !== Object)
    return `@Nested(() => ${value.constructor.name})`;
  return 'what it must be, such as @IsString(), or @Allow() for anything';
}

function bare({ barelyNested }: ConfigClass): ClassProblem[] {
  return [...barelyNested].map((field) => ({
    field,
    message:
      'has @ValidateNested() alone, which makes no instances and so checks nothing; write @Nested(() => Class) in its place',
  }));
}

function lost({ deprecations, settings }: ConfigClass): ClassProblem[] {
  return [...deprecations].flatMap(([field, { use }]) => {
    const isKnown =
      use === undefined || (use !== field && settings.has(use) && deprecations.get(use)?.use === undefined);
    return isKnown
      ? []
      : [
          {
            field,
            message: `has @Deprecated({ use: '${use}' }), which is no other setting of the class; name one that is current`,
          },
        ];
  });
}

function ineffective(type: Type<object>, { settings, nested }: ConfigClass): ClassProblem[] {
  return [...settings].flatMap((field) =>
    ignoredDecorators(type, field, nested.has(field)).map((message) => ({ field, message })),
  );
}

/** What `@Type` makes of such a setting is refused already, with the same advice. */
function unreachable(type: Type<object>, { settings, nested, secrets }: ConfigClass): ClassProblem[] {
  const instance = instanceOf(type) as Readonly<Record<string, unknown>> | undefined;
  const byKey = Map.groupBy(checksOf(type), ({ propertyName }) => propertyName);
  const plain = [...settings].filter(
    (field) => !nested.has(field) && !secrets.has(field) && ignoredDecorators(type, field, false).length === 0,
  );
  return plain.flatMap((field) =>
    unwritable(instance?.[field], byKey.get(field) ?? []).map((message) => ({ field, message })),
  );
}

function secretMaps({ secrets, plainMaps }: ConfigClass): ClassProblem[] {
  return [...secrets.keys()]
    .filter((field) => plainMaps.has(field))
    .map((field) => ({
      field,
      message:
        "has @IsSecret({ each: true }) on a map, which only a list can have; write @Nested(() => Class, { shape: 'map' }) with a class that has the secret",
    }));
}

/** class-validator leaves them out when it may not wait, so that every value would pass. */
function asynchronous(type: Type<object>): ClassProblem[] {
  const waiting = checksOf(type).filter(({ constraintCls }) =>
    constraintsOf(constraintCls).some((constraint) => constraint.async),
  );
  return [...new Set(waiting.map(({ propertyName }) => propertyName))].map((field) => ({
    field,
    message: 'has a check that is asynchronous, which cannot be used for configuration; write one that is not',
  }));
}

/** A class that is declared further down than it is used is not there yet; it is looked at when it is bound. */
function declaredClasses(setting: NestedSetting): readonly Type<object>[] {
  try {
    return nestedClasses(setting).filter((declared: unknown) => typeof declared === 'function');
  } catch {
    return [];
  }
}

/** A class that cannot be made is a problem of the binding, which says so with a place. */
function instanceOf(type: Type<object>): object | undefined {
  try {
    return new type();
  } catch {
    return undefined;
  }
}
