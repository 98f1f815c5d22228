/**
 * The properties of an event class whose own class is known: by `@Type` of class-transformer, by `@Nested`, or by `@ValidateNested` and the type
 * that the compiler recorded. Reads the storage of class-transformer, which is not public API and has a contract test.
 */
import 'reflect-metadata';
import { createRequire } from 'node:module';
import type { ClassConstructor } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { readNested } from '../../config/index.js';

export type PropertyClass = ClassConstructor<object> | typeof Date | typeof String | typeof Number | typeof Boolean;

export interface TypedProperty {
  readonly name: string;
  /** True if class-validator looks into its value by itself. */
  readonly isValidated: boolean;
  /** True if a plain object is a map from names to values of the class, and not a value itself. */
  readonly isMapOfNames: boolean;
  /** The class of one value; `undefined` where it is left as it is. @param owner the event, or the object in it, that has the property */
  readonly classOf: (owner: object, value: unknown) => PropertyClass | undefined;
  /** The property that names the class of a value and is no part of it. */
  readonly marker: string | undefined;
}

interface TypeNote {
  /** Missing behind `@Type()`: the type that the compiler recorded is used then. */
  readonly typeFunction: ((help: { newObject: object; object: object; property: string }) => unknown) | undefined;
  readonly reflectedType: unknown;
  readonly options: {
    readonly discriminator?: {
      readonly property: string;
      readonly subTypes: readonly { readonly name: string; readonly value: unknown }[];
    };
    readonly keepDiscriminatorProperty?: boolean;
  };
}

type ByProperty<T> = ReadonlyMap<object, ReadonlyMap<string, T>>;

interface TransformerStorage {
  readonly _typeMetadatas: ByProperty<TypeNote>;
  readonly _transformMetadatas: ByProperty<unknown>;
  readonly _exposeMetadatas: ByProperty<unknown>;
  readonly _excludeMetadatas: ByProperty<unknown>;
}

const { defaultMetadataStorage: storage } = createRequire(import.meta.url)('class-transformer/cjs/storage.js') as {
  defaultMetadataStorage: TransformerStorage;
};

/** Types that say nothing about what is inside. `@Type(() => Object)` is a way to say so. */
const OPAQUE: ReadonlySet<unknown> = new Set([
  Object,
  Array,
  Map,
  Set,
  Function,
  Promise,
  Symbol,
  BigInt,
  Buffer,
  undefined,
  null,
]);

const typedByClass = new WeakMap<object, readonly TypedProperty[]>();
const transformedByClass = new WeakMap<object, boolean>();

/** Typed properties of a class and its parents. A class is complete once its decorators have run. */
export function readTypedProperties(eventClass: ClassConstructor<object>): readonly TypedProperty[] {
  const known = typedByClass.get(eventClass);
  if (known) return known;
  const found = findTypedProperties(eventClass);
  typedByClass.set(eventClass, found);
  return found;
}

/** True if class-transformer may give a property another name or value than it was stored with. */
export function hasTransformations(eventClass: ClassConstructor<object>): boolean {
  let has = transformedByClass.get(eventClass);
  if (has === undefined) {
    const { _transformMetadatas, _exposeMetadatas, _excludeMetadatas } = storage;
    has = ancestry(eventClass).some((each) =>
      [_transformMetadatas, _exposeMetadatas, _excludeMetadatas].some((notes) => notes.has(each)),
    );
    transformedByClass.set(eventClass, has);
  }
  return has;
}

function findTypedProperties(eventClass: ClassConstructor<object>): TypedProperty[] {
  const found = new Map<string, TypedProperty>();
  const checks = getMetadataStorage().getTargetValidationMetadatas(eventClass, '', false, false);
  const validated = new Set(
    checks.filter(({ type }) => type === 'nestedValidation').map(({ propertyName }) => propertyName),
  );
  const { _typeMetadatas: types } = storage;
  for (const each of ancestry(eventClass)) {
    for (const [name, metadata] of types.get(each) ?? []) {
      if (!found.has(name)) found.set(name, typedBy(metadata, name, validated.has(name)));
    }
  }
  for (const name of new Set(checks.map(({ propertyName }) => propertyName))) {
    if (found.has(name)) continue;
    const nested = readNested(eventClass, name);
    if (nested)
      found.set(name, {
        name,
        isValidated: false,
        isMapOfNames: nested.shape === 'map',
        classOf: () => nested.type(),
        marker: undefined,
      });
    else if (validated.has(name)) found.set(name, recordedType(eventClass, name));
  }
  return [...found.values()];
}

function typedBy(
  { typeFunction, reflectedType, options }: TypeNote,
  name: string,
  isValidated: boolean,
): TypedProperty {
  const { discriminator } = options;
  const base = (owner: object): unknown =>
    typeFunction ? typeFunction({ newObject: owner, object: owner, property: name }) : reflectedType;
  const classOf = (owner: object, value: unknown): PropertyClass | undefined => {
    const kind = discriminator && isObject(value) ? value[discriminator.property] : undefined;
    const sub = discriminator?.subTypes.find(
      (each) => each.name === kind || (isObject(value) && value.constructor === each.value),
    );
    return propertyClass(sub?.value ?? base(owner));
  };
  const marker = options.keepDiscriminatorProperty ? undefined : discriminator?.property;
  return { name, isValidated, isMapOfNames: false, classOf, marker };
}

/** A property with `@ValidateNested` alone. */
function recordedType(eventClass: ClassConstructor<object>, name: string): TypedProperty {
  const recorded: unknown = Reflect.getMetadata('design:type', eventClass.prototype as object, name);
  const type = propertyClass(recorded);
  return { name, isValidated: true, isMapOfNames: false, classOf: () => type, marker: undefined };
}

function propertyClass(type: unknown): PropertyClass | undefined {
  return OPAQUE.has(type) || typeof type !== 'function' ? undefined : (type as PropertyClass); // A class, as its decorator says.
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The class and those that it extends, the nearest first. */
function ancestry(eventClass: ClassConstructor<object>): object[] {
  const found: object[] = [];
  for (let each: unknown = eventClass; typeof each === 'function'; each = Object.getPrototypeOf(each)) found.push(each);
  return found;
}
