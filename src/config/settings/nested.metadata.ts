/** Stores which class a nested setting has and in which shape; the only reader of it. */
import type { Type } from '@nestjs/common';
import { settingNote } from './setting-note.metadata.js';

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

const note = settingNote<NestedSetting>('panotti:nested:v1');

export const writeNested = note.write;

/** What `@Nested` said about the property. */
export const readNested = note.read;

/** Whether the compiler recorded the property as an array: `Retry[]`, and not `Record<string, Retry>` or a union. */
export function isDeclaredAsArray(prototype: object, key: string): boolean {
  return declaredType(prototype, key) === Array;
}

/** The constructor that the compiler recorded for the property: `Number`, `String`, a class; `Object` where it knows no better. */
export function declaredType(prototype: object, key: string): unknown {
  return Reflect.getMetadata('design:type', prototype, key) as unknown;
}
