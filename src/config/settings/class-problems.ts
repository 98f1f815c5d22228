/** What is wrong with a configuration class itself, whatever is written for it: found when the class is first used, and for its author. */
import type { Type } from '@nestjs/common';
import { IS_DATE } from 'class-validator';
import { classModel, type ClassModel, type SettingModel } from './class-model.js';
import { constraintsOf } from './class-validator-storage.js';
import { nestedClasses } from './discriminator.js';
import { ignoredDecorators } from './ignored-decorators.js';
import type { NestedSetting } from './setting.metadata.js';

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
  const model = classModel(type);
  const own = [
    ...undecorated(model),
    ...model.settings.values().flatMap((setting) => problemsOfSetting(model, setting)),
  ];
  const inside = new Set([...open, type]);
  const nested = model.nested.flatMap(({ key, nested: setting }) => {
    const inner = declaredClasses(setting);
    if (inner.length === 0) progress.isComplete = false;
    return inner.flatMap((one) => (inside.has(one) ? [] : problemsOf(one, `${prefix}${key}.`, inside, progress)));
  });
  return [...own.map(({ field, message }) => ({ field: `${prefix}${field}`, message })), ...nested];
}

/** Fields are there once an instance is made, also those without a value: nothing that is written would ever reach them. */
function undecorated({ type, settings, sample = {} }: ClassModel): ClassProblem[] {
  return Object.keys(sample)
    .filter((field) => !settings.has(field))
    .map((field) => {
      const value = sample[field];
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

function problemsOfSetting({ type, settings }: ClassModel, setting: SettingModel): ClassProblem[] {
  const { key: field, nested, secret, deprecation, isPlainMap } = setting;
  const ignored = ignoredDecorators(type, field, nested !== undefined);
  const messages = [...ignored];
  if (setting.isBarelyNested) {
    messages.push(
      'has @ValidateNested() alone, which makes no instances and so checks nothing; write @Nested(() => Class) in its place',
    );
  }
  if (deprecation?.use !== undefined && !isCurrent(settings.get(deprecation.use), field)) {
    messages.push(
      `has @Deprecated({ use: '${deprecation.use}' }), which is no other setting of the class; name one that is current`,
    );
  }
  if (isAsynchronous(setting))
    messages.push('has a check that is asynchronous, which cannot be used for configuration; write one that is not');
  // What `@Type` makes of such a setting is refused already, with the same advice.
  if (!nested && !secret && ignored.length === 0) messages.push(...unwritable(setting));
  if (secret && isPlainMap) {
    messages.push(
      "has @IsSecret({ each: true }) on a map, which only a list can have; write @Nested(() => Class, { shape: 'map' }) with a class that has the secret",
    );
  }
  return messages.map((message) => ({ field, message }));
}

function isCurrent(setting: SettingModel | undefined, old: string): boolean {
  return setting !== undefined && setting.key !== old && setting.deprecation?.use === undefined;
}

/** class-validator leaves such a check out when it may not wait, so that every value would pass. */
function isAsynchronous({ checks }: SettingModel): boolean {
  return checks.some(({ constraintCls }) => constraintsOf(constraintCls).some((constraint) => constraint.async));
}

const DATE = '@IsISO8601() on a text for a date';

/** Settings that nothing written in YAML can become, so that the plugin would get another type than its class says. */
function unwritable({ default: value, checks }: SettingModel): string[] {
  const found = writableInstead(value);
  if (found) return [`has ${found.kind} as its default, which nothing in YAML can become; write ${found.instead}`];
  return checks.some(({ name }) => name === IS_DATE)
    ? [`has @IsDate(), which nothing in YAML passes; write ${DATE}`]
    : [];
}

/** What to write instead of a value of that kind; `undefined` for what YAML can hold. */
function writableInstead(value: unknown): { readonly kind: string; readonly instead: string } | undefined {
  if (value instanceof Date) return { kind: 'a Date', instead: DATE };
  if (value instanceof Map)
    return {
      kind: 'a Map',
      instead: 'a plain object, such as {}, with the check of its values: @IsString({ each: true })',
    };
  if (value instanceof Set)
    return { kind: 'a Set', instead: 'a list, with @ArrayUnique() where no item may come twice' };
  if (value instanceof RegExp || value instanceof URL)
    return { kind: `a ${value.constructor.name}`, instead: 'a text, and make the object of it where it is used' };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return { kind: 'bytes', instead: 'a text, and decode it where it is used' };
  if (typeof value === 'bigint') return { kind: 'a bigint', instead: 'a number, or a text for more digits' };
  if (typeof value === 'function' || typeof value === 'symbol')
    return { kind: `a ${typeof value}`, instead: 'a text, or a name that the plugin looks up' };
  return undefined;
}

/** A class that is declared further down than it is used is not there yet; it is looked at when it is bound. */
function declaredClasses(setting: NestedSetting): readonly Type<object>[] {
  try {
    return nestedClasses(setting).filter((declared: unknown) => typeof declared === 'function');
  } catch {
    return [];
  }
}
