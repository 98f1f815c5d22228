/** Stores which class a nested setting has and in which shape; the only reader of it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';

/** One object, a list of them, or a map from names that the operator chooses to them. */
export type NestedShape = 'one' | 'list' | 'map';

export interface NestedSetting {
  /** A function, because the class may be declared further down. */
  readonly type: () => Type<object>;
  readonly shape: NestedShape;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const NESTED = Symbol.for('panotti:nested:v1');

export function writeNested(prototype: object, key: string, setting: NestedSetting): void {
  Reflect.defineMetadata(NESTED, setting, prototype, key);
}

/** What `@Nested` said about the property, also in a class that inherits it. */
export function readNested(type: Type<object>, key: string): NestedSetting | undefined {
  return Reflect.getMetadata(NESTED, type.prototype, key) as NestedSetting | undefined;
}

/** Whether the compiler recorded the property as an array: `Retry[]`, and not `Record<string, Retry>` or a union. */
export function isDeclaredAsArray(prototype: object, key: string): boolean {
  return declaredType(prototype, key) === Array;
}

/** The constructor that the compiler recorded for the property: `Number`, `String`, a class; `Object` where it knows no better. */
export function declaredType(prototype: object, key: string): unknown {
  return Reflect.getMetadata('design:type', prototype, key) as unknown;
}
