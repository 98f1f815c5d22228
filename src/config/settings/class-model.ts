/**
 * What is known about a configuration class, compiled once from its decorators. Whatever binds, reads variables or describes asks this model,
 * and not class-validator.
 */
import type { Type } from '@nestjs/common';
import { ValidationTypes } from 'class-validator';
import { factsOf, membersByName, type MembersByName } from './check-facts.js';
import { checksOf, type Checks } from './class-validator-storage.js';
import { docComments, oneLine } from './doc-comments.js';
import {
  declaredType,
  readDeprecation,
  readNested,
  readQuantityOf,
  readSecret,
  readSettingText,
  type Deprecation,
  type NestedSetting,
  type SecretSetting,
} from './setting.metadata.js';
import type { Quantity } from './units.js';
import { plainValue, type PlainValue } from './value-type.js';

/**
 * How what is written becomes the value: the instances of other classes, secrets, a map from names that the operator chooses to plain values, a
 * list with a check on each item, or the value as it stands.
 */
type SettingKind = 'nested' | 'secret' | 'map' | 'list' | 'value';

const models = new WeakMap<Type<object>, ClassModel>();

/** The model of a class. A class is complete when its decorators have run, which is before it can be passed on. */
export function classModel(type: Type<object>): ClassModel {
  let model = models.get(type);
  if (!model) models.set(type, (model = new ClassModel(type)));
  return model;
}

/** The names of the settings that one should write for the class: all but the deprecated ones. */
export function settingsOf(type: Type<object>): ReadonlySet<string> {
  return classModel(type).current;
}

export class ClassModel {
  /** The settings that may be written: the properties with a decorator. */
  readonly settings: ReadonlyMap<string, SettingModel>;
  /** The keys of those that one should write: all but the deprecated ones. */
  readonly current: ReadonlySet<string>;
  readonly deprecated: readonly SettingModel[];
  readonly nested: readonly (SettingModel & { readonly nested: NestedSetting })[];
  #sample: { readonly instance: object | undefined } | undefined;
  #comments: ReadonlyMap<string, string> | undefined;

  constructor(readonly type: Type<object>) {
    const byKey = Map.groupBy(checksOf(type), ({ propertyName }) => propertyName);
    const settings = [...byKey].map(([key, checks]) => new SettingModel(this, key, checks));
    this.settings = new Map(settings.map((setting) => [setting.key, setting]));
    this.deprecated = settings.filter(({ deprecation }) => deprecation !== undefined);
    this.current = new Set(settings.filter(({ deprecation }) => deprecation === undefined).map(({ key }) => key));
    this.nested = settings.filter((setting) => setting.hasClass());
  }

  /** An instance with the defaults, made once; `undefined` for a class that cannot be made, which is a problem of the binding. */
  get sample(): Readonly<Record<string, unknown>> | undefined {
    this.#sample ??= { instance: instanceOf(this.type) };
    return this.#sample.instance as Readonly<Record<string, unknown>> | undefined;
  }

  /** The doc comments of the fields, by key. */
  get comments(): ReadonlyMap<string, string> {
    return (this.#comments ??= docComments(this.type));
  }
}

export class SettingModel {
  readonly kind: SettingKind;
  readonly nested: NestedSetting | undefined;
  readonly secret: SecretSetting | undefined;
  /** For a setting whose numbers may be written with a unit. */
  readonly quantity: Quantity | undefined;
  /** For a setting whose values are numbers of an enum: the names that stand for them. */
  readonly members: MembersByName | undefined;
  /** For a setting that is going to be removed, or has another name now. */
  readonly deprecation: Deprecation | undefined;
  /** A map from names that the operator chooses to values that are checked one by one. */
  readonly isPlainMap: boolean;
  #value: PlainValue | undefined;

  /** @param checks those of the setting, in the order in which class-validator has them */
  constructor(
    private readonly model: ClassModel,
    readonly key: string,
    readonly checks: Checks,
  ) {
    const { type } = model;
    this.nested = readNested(type, key);
    this.secret = readSecret(type, key);
    this.quantity = readQuantityOf(type, key);
    this.deprecation = readDeprecation(type, key);
    this.members = membersByName(checks);
    this.isPlainMap = this.#isPlainMap();
    const plainKind = this.isPlainMap ? 'map' : checks.some(({ each }) => each) ? 'list' : 'value';
    this.kind = this.nested ? 'nested' : this.secret ? 'secret' : plainKind;
  }

  hasClass(): this is SettingModel & { readonly nested: NestedSetting } {
    return this.nested !== undefined;
  }

  /** Has `@ValidateNested` and not `@Nested`: nothing would make instances of its class, and so nothing would be checked. */
  get isBarelyNested(): boolean {
    return !this.nested && this.checks.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION);
  }

  /** The value of a fresh instance. */
  get default(): unknown {
    return this.model.sample?.[this.key];
  }

  /** The type that the compiler recorded. */
  get declared(): unknown {
    return declaredType(this.model.type.prototype as object, this.key);
  }

  /** What one value is, and what its checks ask in words; of a nested setting, what is asked of the whole of it. */
  get value(): PlainValue {
    return (this.#value ??= plainValue(this.model.type, this.checks, {
      isMap: this.isPlainMap,
      sample: this.default ?? this.declared,
    }));
  }

  /** What its author says about it, in one line. */
  get description(): string | undefined {
    const { type, comments } = this.model;
    return oneLine(readSettingText(type, this.key)?.description ?? comments.get(this.key) ?? '') || undefined;
  }

  /** The default in words, where it depends on the machine. */
  get defaultText(): string | undefined {
    return readSettingText(this.model.type, this.key)?.defaultText;
  }

  /** class-validator means a list by `each`; that a map is meant has to be said, or shown by the default. */
  #isPlainMap(): boolean {
    if (!this.checks.some(({ each }) => each)) return false;
    if (this.checks.some(({ name, each }) => !each && factsOf(name).shape === 'map')) return true;
    const value = this.default;
    return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  }
}

function instanceOf(type: Type<object>): object | undefined {
  try {
    return new type();
  } catch {
    return undefined;
  }
}
