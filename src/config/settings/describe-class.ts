/** Describes a configuration class from its checks, a fresh instance and its comments. Classes are told apart by identity, never by name. */
import type { Type } from '@nestjs/common';
import { validateSync } from 'class-validator';
import { checksOf } from './class-validator-storage.js';
import { configClass } from './config-class.js';
import { nameOfMember } from './enum-names.js';
import { failuresOf } from './failure-messages.js';
import { readDeprecations } from './deprecated.metadata.js';
import { declaredType, readNested, type NestedDiscriminator, type NestedSetting } from './nested.metadata.js';
import { formatQuantity, readQuantity } from './units.js';
import type { ClassDescription, JsonValue, SettingDescription, SettingType } from './class-description.js';
import { mergedVariants } from './merged-variants.js';
import { readSettingText } from './describe.metadata.js';
import { docComments, oneLine } from './doc-comments.js';
import { plainSetting, type Check } from './setting-type.js';

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
    settings.push(...this.#settings(type, given ?? fresh));
    return description;
  }

  #settings(type: Type<object>, instance: object): SettingDescription[] {
    const checks = Map.groupBy(checksOf(type), ({ propertyName }) => propertyName);
    const comments = docComments(type);
    const missing = demanded(instance);
    const described = [...checks].map(([key, own]): SettingDescription => {
      const value = (instance as Readonly<Record<string, unknown>>)[key];
      const text = readSettingText(type, key);
      const description = oneLine(text?.description ?? comments.get(key) ?? '');
      const { type: settingType, constraints } = this.#type(type, key, own, value);
      return {
        key,
        type: settingType,
        // A section that has a default may still hold a setting that has none.
        isRequired:
          missing.has(key) ||
          (value !== undefined && settingType.kind === 'section' && settingType.section.settings.some(isRequired)),
        default:
          isSecret(settingType) || text?.defaultText !== undefined || missing.has(key)
            ? undefined
            : writtenDefault(type, key, value),
        defaultText: text?.defaultText,
        description: description === '' ? undefined : description,
        constraints,
        deprecated: undefined,
      };
    });
    return withDeprecations(type, described, comments);
  }

  #type(
    owner: Type<object>,
    key: string,
    checks: readonly Check[],
    value: unknown,
  ): { type: SettingType; constraints: readonly string[] } {
    const nested = readNested(owner, key);
    const plain = plainSetting(owner, checks, value ?? declaredType(owner.prototype as object, key));
    return nested ? { type: this.#nested(nested, value, plain.type), constraints: plain.constraints } : plain;
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

  #nested(nested: NestedSetting, value: unknown, plain: SettingType): SettingType {
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
function withDeprecations(
  type: Type<object>,
  settings: readonly SettingDescription[],
  comments: ReadonlyMap<string, string>,
): SettingDescription[] {
  const deprecations = readDeprecations(type);
  const current = settings.filter(({ key }) => deprecations.get(key)?.use === undefined);
  const old = [...deprecations].filter(([, { use }]) => use !== undefined);
  const renamed = old.flatMap(([key, deprecated]): SettingDescription[] => {
    const target = current.find((setting) => setting.key === deprecated.use);
    const description = readSettingText(type, key)?.description ?? comments.get(key);
    if (!target) return [];
    const own = { key, isRequired: false, default: undefined, defaultText: undefined, deprecated };
    return [
      Object.assign({ ...target }, own, { description: description === undefined ? undefined : oneLine(description) }),
    ];
  });
  const marked = current.map((setting) => Object.assign({ ...setting }, { deprecated: deprecations.get(setting.key) }));
  return [...marked, ...renamed];
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

/** The settings that do not pass as they are: the same checks run that will run on what is written. */
function demanded(instance: object): ReadonlySet<string> {
  try {
    const errors = validateSync(instance, { forbidUnknownValues: false });
    return new Set(
      errors
        .filter((error) => error.constraints !== undefined && failuresOf(instance, error).length > 0)
        .map(({ property }) => property),
    );
  } catch {
    return new Set();
  }
}

/** A duration or a size with its unit, where that says the same. */
function writtenDefault(type: Type<object>, key: string, value: unknown): JsonValue | undefined {
  const { quantities, enums } = configClass(type);
  const [quantity, names] = [quantities.get(key), enums.get(key)];
  const written = (one: unknown): unknown => {
    if (typeof one !== 'number') return one;
    if (names) return nameOfMember(names, one) ?? one;
    const text = quantity === undefined ? undefined : formatQuantity(one, quantity);
    return text !== undefined && quantity !== undefined && readQuantity(text, quantity) === one ? text : one;
  };
  if (quantity === undefined && names === undefined) return toJson(value);
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
