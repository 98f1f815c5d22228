/** `@Nested` declares a setting that is a class of its own. It records and checks; `binder.ts` makes the instances. */
import type { Type as Class } from '@nestjs/common';
import { type DiscriminatorDescriptor, Type } from 'class-transformer';
import { IsIn, registerDecorator, ValidateNested } from 'class-validator';
import { nestedClasses } from './discriminator.js';
import {
  isDeclaredAsArray,
  type NestedDiscriminator,
  writeNested,
  type NestedSetting,
  type NestedShape,
} from './setting.metadata.js';

/** The name of the check in class-validator. */
export const IS_NESTED = 'isNested';

const EXPECTED: Record<NestedShape, string> = { one: 'a map', list: 'a list of maps', map: 'a map of named maps' };

export interface NestedOptions {
  /** By default `list` where the property is declared as an array, otherwise `one`. A `Record<string, Class>` needs `map`. */
  readonly shape?: NestedShape;
  /**
   * For a section whose class depends on a setting in it, written as for `@Type` of class-transformer: `property` is the setting, `name` its value
   * for each class. The classes need no decorator for `property`.
   */
  readonly discriminator?: DiscriminatorDescriptor;
}

/**
 * The setting is an instance of a class, a list of instances, or a map of named ones; all of it is validated. Without an initialiser
 * the setting must be written; with one, what is written is laid over it key by key (a list replaces it).
 *
 * @example
 * @Nested(() => FeatureFlags) featureFlags = new FeatureFlags();
 * @Nested(() => Channel) channels: Channel[] = [];
 * @Nested(() => Target, { discriminator: { property: 'kind', subTypes: [{ value: Folder, name: 'folder' }, { value: Bucket, name: 'bucket' }] } })
 * target: Folder | Bucket = new Folder();
 * @Nested(() => Limit, { shape: 'map' }) limits: Record<string, Limit> = {};
 */
export function Nested(type: () => Class<object>, options: NestedOptions = {}): PropertyDecorator {
  return (prototype, property) => {
    const key = String(property);
    const shape = options.shape ?? (isDeclaredAsArray(prototype, key) ? 'list' : 'one');
    const setting: NestedSetting = { type, shape, discriminator: discriminatorOf(options.discriminator) };
    writeNested(prototype, key, setting);
    registerDecorator({
      name: IS_NESTED,
      target: prototype.constructor,
      propertyName: key,
      validator: {
        validate: (value: unknown) => hasShape(value, setting),
        defaultMessage: () => `$property must be ${EXPECTED[shape]}`,
      },
    });
    // class-validator does not look into a map; the binder validates each of its entries.
    if (shape === 'map') return;
    ValidateNested()(prototype, property);
    Type(type, options.discriminator && { discriminator: options.discriminator, keepDiscriminatorProperty: true })(
      prototype,
      property,
    );
  };
}

/** Settings that have a check of the names already, by class: several settings may have the same classes. */
const namedBy = new WeakMap<Class<object>, ReadonlySet<string>>();

/** The setting that names a class takes the names of that class: for the binder, the reference and the schema it is one like any other. */
function discriminatorOf(given: DiscriminatorDescriptor | undefined): NestedDiscriminator | undefined {
  if (!given) return undefined;
  const { property, subTypes } = given;
  // class-transformer declares any function there.
  const classes = new Map(subTypes.map(({ name, value }) => [name, value as Class<object>]));
  for (const [one, named] of Map.groupBy(subTypes, ({ value }) => value as Class<object>)) {
    // Not asked of class-validator: what is asked there of a class is remembered, before this check is part of it.
    const known = namedBy.get(one);
    if (known?.has(property)) continue;
    namedBy.set(one, new Set([...(known ?? []), property]));
    IsIn(named.map(({ name }) => name))(one.prototype as object, property);
  }
  return { property, classes };
}

/** For reports: what must be written for this setting. */
export function expectedOf(setting: NestedSetting): string {
  return EXPECTED[setting.shape];
}

function hasShape(value: unknown, setting: NestedSetting): boolean {
  const { shape } = setting;
  const classes = nestedClasses(setting);
  const isNested = (item: unknown): boolean => classes.some((nested) => item instanceof nested);
  if (shape === 'one') return isNested(value);
  if (shape === 'list') return Array.isArray(value) && value.every(isNested);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && Object.values(value).every(isNested);
}
