/** Stores which settings are secrets; the only reader of it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';

export interface SecretSetting {
  /** The setting is a list of secrets. */
  readonly isList: boolean;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const SECRET = Symbol.for('panotti:secret-setting:v1');

export function writeSecret(prototype: object, key: string, setting: SecretSetting): void {
  Reflect.defineMetadata(SECRET, setting, prototype, key);
}

/** What `@IsSecret` said about the property, also in a class that inherits it; `undefined` where it is no secret. */
export function readSecret(type: Type<object>, key: string): SecretSetting | undefined {
  return Reflect.getMetadata(SECRET, type.prototype, key) as SecretSetting | undefined;
}
