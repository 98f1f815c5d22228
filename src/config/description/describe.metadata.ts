/** Stores what `@Describe` said about a setting; the only reader of it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';

/** What an author says about a setting beside its code. */
export interface SettingText {
  /** Goes before the doc comment of the field. */
  readonly description: string | undefined;
  /** The default in words, where its value depends on the machine. */
  readonly defaultText: string | undefined;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const DESCRIPTION = Symbol.for('panotti:description:v1');

export function writeSettingText(prototype: object, key: string, text: SettingText): void {
  Reflect.defineMetadata(DESCRIPTION, text, prototype, key);
}

/** What `@Describe` said about the property, also in a class that inherits it. */
export function readSettingText(type: Type<object>, key: string): SettingText | undefined {
  return Reflect.getMetadata(DESCRIPTION, type.prototype, key) as SettingText | undefined;
}
