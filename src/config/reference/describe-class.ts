/** Describes a configuration class from its model and the defaults that are in effect. Classes are told apart by identity, never by name. */
import type { Type } from '@nestjs/common';
import type { JsonValue } from '../settings/check-facts.js';
import { classModel, type ClassModel, type SettingModel } from '../settings/class-model.js';
import { unmetSettings } from '../settings/failures.js';
import type { NestedDiscriminator, NestedSetting } from '../settings/setting.metadata.js';
import { formatQuantity, readQuantity } from '../settings/units.js';
import type { PlainValue } from '../settings/value-type.js';
import type { ClassDescription, SettingDescription, SettingType } from './class-description.js';
import { mergedVariants } from './merged-variants.js';

/**
 * What can be written for the class, with defaults, demands and descriptions. Makes one instance of it and of each nested class, and
 * runs their checks on it. Never throws: a class that cannot be made is described without defaults.
 */
export function describeClass(type: Type<object>): ClassDescription {
  return new Describer().describe(type, undefined);
}

class Describer {
  readonly #known = new Map<Type<object>, ClassDescription>();

  /** @param given the instance whose values are the defaults; `undefined`: a fresh one */
  describe(type: Type<object>, given: object | undefined): ClassDescription {
    const fresh = freshInstance(type);
    // An initialiser may give a nested class other defaults than its own.
    const isOwn = given === undefined || JSON.stringify(toJson(given)) === JSON.stringify(toJson(fresh));
    const known = isOwn ? this.#known.get(type) : undefined;
    if (known) return known;
    const settings: SettingDescription[] = [];
    const description: ClassDescription = { name: type.name, settings };
    // Before its settings are described: one of them may be the class itself.
    if (isOwn) this.#known.set(type, description);
    settings.push(...this.#settings(classModel(type), given ?? fresh));
    return description;
  }

  #settings(model: ClassModel, instance: object): SettingDescription[] {
    const unmet = unmetSettings(instance);
    const current = [...model.settings.values()].filter(({ deprecation }) => deprecation?.use === undefined);
    const described = current.map((setting): SettingDescription => {
      const { key, value: plain, description, defaultText, deprecation } = setting;
      const value = (instance as Readonly<Record<string, unknown>>)[key];
      const type = setting.hasClass() ? this.#nested(setting.nested, value, plain) : plain.type;
      const hasDefault = !isSecret(type) && defaultText === undefined && !unmet.has(key);
      // A section that has a default may still hold a setting that has none.
      const isRequiredBelow = value !== undefined && type.kind === 'section' && type.section.settings.some(isRequired);
      return {
        key,
        type,
        isRequired: unmet.has(key) || isRequiredBelow,
        default: hasDefault ? writtenDefault(setting, value) : undefined,
        defaultText,
        description,
        constraints: plain.constraints,
        deprecated: deprecation,
      };
    });
    return [...described, ...model.deprecated.flatMap((setting) => renamed(setting, described))];
  }

  #variants({ property, classes }: NestedDiscriminator, given: object | undefined): ClassDescription {
    const described = [...classes].map(([name, type]) => ({
      name,
      section: this.describe(type, given?.constructor === type ? given : undefined),
    }));
    return mergedVariants(
      { property, classes: described },
      described.find(({ name }) => given?.constructor === classes.get(name))?.name,
    );
  }

  #nested(nested: NestedSetting, value: unknown, { type: plain }: PlainValue): SettingType {
    const { type, shape, discriminator } = nested;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const given = shape === 'one' && isObject ? value : undefined;
    const section = discriminator ? this.#variants(discriminator, given) : this.describe(type(), given);
    if (shape === 'one') return { kind: 'section', section };
    if (shape === 'map') return { kind: 'map', values: section };
    return { kind: 'list', items: { kind: 'section', section }, schema: plain.kind === 'list' ? plain.schema : {} };
  }
}

/** A setting that has a new name takes what the new one takes; no check of its own says so. */
function renamed(
  { key, description, deprecation }: SettingModel,
  settings: readonly SettingDescription[],
): SettingDescription[] {
  const target = settings.find((setting) => setting.key === deprecation?.use);
  if (!target) return [];
  const own = { key, isRequired: false, default: undefined, defaultText: undefined, description };
  return [Object.assign({ ...target }, own, { deprecated: deprecation })];
}

function isSecret(type: SettingType): boolean {
  return type.kind === 'list' ? isSecret(type.items) : type.kind === 'scalar' && type.name === 'secret';
}

function isRequired(setting: SettingDescription): boolean {
  return setting.isRequired;
}

function freshInstance(type: Type<object>): object {
  try {
    return new type();
  } catch {
    return Object.create(type.prototype as object) as object;
  }
}

/** A duration or a size with its unit, where that says the same. */
function writtenDefault({ quantity, members }: SettingModel, value: unknown): JsonValue | undefined {
  const written = (one: unknown): unknown => {
    if (typeof one !== 'number') return one;
    if (members) return [...members].find(([, member]) => member === one)?.[0] ?? one;
    const text = quantity === undefined ? undefined : formatQuantity(one, quantity);
    return text !== undefined && quantity !== undefined && readQuantity(text, quantity) === one ? text : one;
  };
  if (quantity === undefined && members === undefined) return toJson(value);
  if (Array.isArray(value)) return toJson(value.map(written));
  if (typeof value !== 'object' || value === null) return toJson(written(value));
  return toJson(Object.fromEntries(Object.entries(value).map(([name, one]) => [name, written(one)])));
}

/** As it would be written; `undefined` for what cannot be, and for `null`, which stands for the default. */
function toJson(value: unknown): JsonValue | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined || text === 'null' ? undefined : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
}
