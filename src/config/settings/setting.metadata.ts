/** Stores what the decorators of this folder say about a setting; the only reader of it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { Quantity } from './units.js';

/** One object, a list of them, or a map from names that the operator chooses to them. */
export type NestedShape = 'one' | 'list' | 'map';

/** A section whose class depends on a text in it. */
export interface NestedDiscriminator {
  /** The setting that names the class. */
  readonly property: string;
  readonly classes: ReadonlyMap<string, Type<object>>;
}

export interface NestedSetting {
  /** A function, because the class may be declared further down. */
  readonly type: () => Type<object>;
  readonly shape: NestedShape;
  readonly discriminator?: NestedDiscriminator | undefined;
}

export interface SecretSetting {
  /** The setting is a list of secrets. */
  readonly isList: boolean;
}

export interface Deprecation {
  /** The setting of the same class that replaces it. Without it, the setting goes away. */
  readonly use?: string;
  /** The version of the plugin since which it is deprecated. */
  readonly since: string;
}

/** What an author says about a setting beside its code. */
export interface SettingText {
  /** Goes before the doc comment of the field. */
  readonly description: string | undefined;
  /** The default in words, where its value depends on the machine. */
  readonly defaultText: string | undefined;
}

interface SettingNote<T> {
  readonly write: (prototype: object, key: string, note: T) => void;
  /** Also of a class that inherits the setting; `undefined` where nothing was noted. */
  readonly read: (type: Type<object>, key: string) => T | undefined;
}

/** @param name of a registered symbol, so that a class decorated by a second copy of this package is understood too; ends in a version */
function settingNote<T>(name: `panotti:${string}:v${number}`): SettingNote<T> {
  const symbol = Symbol.for(name);
  return {
    write: (prototype, key, note) => Reflect.defineMetadata(symbol, note, prototype, key),
    read: (type, key) => Reflect.getMetadata(symbol, type.prototype, key) as T | undefined,
  };
}

/** What `@Nested` said about the property. */
export const { write: writeNested, read: readNested } = settingNote<NestedSetting>('panotti:nested:v1');

/** What `@IsSecret` said about the property; `undefined` where it is not a secret. */
export const { write: writeSecret, read: readSecret } = settingNote<SecretSetting>('panotti:secret-setting:v1');

/** What `@IsDuration` or `@IsByteSize` said about the property. */
export const { write: writeQuantity, read: readQuantityOf } = settingNote<Quantity>('panotti:quantity:v1');

/** What `@Deprecated` said about the property. */
export const { write: writeDeprecation, read: readDeprecation } = settingNote<Deprecation>('panotti:deprecated:v2');

/** What `@Describe` said about the property. */
export const { write: writeSettingText, read: readSettingText } = settingNote<SettingText>('panotti:description:v1');

/** Whether the compiler recorded the property as an array: `Retry[]`, and not `Record<string, Retry>` or a union. */
export function isDeclaredAsArray(prototype: object, key: string): boolean {
  return declaredType(prototype, key) === Array;
}

/** The constructor that the compiler recorded for the property: `Number`, `String`, a class; `Object` where it knows no better. */
export function declaredType(prototype: object, key: string): unknown {
  return Reflect.getMetadata('design:type', prototype, key) as unknown;
}
