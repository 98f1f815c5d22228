/** `@Nested` declares a setting that is a class of its own. It records and checks; `binder.ts` makes the instances. */
import type { Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import { registerDecorator, ValidateNested } from 'class-validator';
import { isDeclaredAsArray, writeNested, type NestedSetting, type NestedShape } from './nested.metadata.js';

/** The name of the check in class-validator. */
export const IS_NESTED = 'isNested';

const EXPECTED: Record<NestedShape, string> = { one: 'a map', list: 'a list of maps', map: 'a map of named maps' };

export interface NestedOptions {
  /** By default `list` where the property is declared as an array, otherwise `one`. A `Record<string, Class>` needs `map`. */
  readonly shape?: NestedShape;
}

/**
 * The setting is an instance of a class, a list of instances, or a map of named ones; all of it is validated. Without an initialiser
 * the setting must be written; with one, what is written is laid over it key by key (a list replaces it).
 *
 * @example
 * @Nested(() => FeatureFlags) featureFlags = new FeatureFlags();
 * @Nested(() => Channel) channels: Channel[] = [];
 * @Nested(() => Limit, { shape: 'map' }) limits: Record<string, Limit> = {};
 */
export function Nested(type: () => Class<object>, options: NestedOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const key = String(property);
    const shape = options.shape ?? (isDeclaredAsArray(prototype, key) ? 'list' : 'one');
    const setting: NestedSetting = { type, shape };
    writeNested(prototype, key, setting);
    registerDecorator({
      name: IS_NESTED,
      target: prototype.constructor,
      propertyName: key,
      validator: { validate: (value: unknown) => hasShape(value, setting), defaultMessage: () => `$property must be ${EXPECTED[shape]}` },
    });
    // class-validator does not look into a map; the binder validates each of its entries.
    if (shape === 'map') return;
    ValidateNested()(prototype, property);
    Type(type)(prototype, property);
  };
}

/** For reports: what must be written for this setting. */
export function expectedOf(setting: NestedSetting): string {
  return EXPECTED[setting.shape];
}

function hasShape(value: unknown, { type, shape }: NestedSetting): boolean {
  const nested = type();
  if (shape === 'one') return value instanceof nested;
  if (shape === 'list') return Array.isArray(value) && value.every((item) => item instanceof nested);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every((item) => item instanceof nested);
}
