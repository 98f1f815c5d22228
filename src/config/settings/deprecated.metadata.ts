/** Stores which settings are deprecated and what stands in for them; the only reader of it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';

export interface Deprecation {
  /** The setting of the same class that it is called now. Default: there is none, and the setting goes away. */
  readonly use?: string;
  /** The version of the plugin since which it is deprecated. */
  readonly since: string;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const DEPRECATED = Symbol.for('panotti:deprecated:v1');

export function writeDeprecation(prototype: object, key: string, deprecation: Deprecation): void {
  const own = Reflect.getOwnMetadata(DEPRECATED, prototype) as ReadonlyMap<string, Deprecation> | undefined;
  Reflect.defineMetadata(DEPRECATED, new Map([...(own ?? []), [key, deprecation]]), prototype);
}

/** What `@Deprecated` said, by setting, also in the classes that this one extends. */
export function readDeprecations(type: Type<object>): ReadonlyMap<string, Deprecation> {
  const all = new Map<string, Deprecation>();
  for (let prototype: unknown = type.prototype; typeof prototype === 'object' && prototype !== null;) {
    const own = Reflect.getOwnMetadata(DEPRECATED, prototype) as ReadonlyMap<string, Deprecation> | undefined;
    for (const [key, deprecation] of own ?? []) if (!all.has(key)) all.set(key, deprecation);
    prototype = Object.getPrototypeOf(prototype);
  }
  return all;
}
