/** What a decorator notes about one setting of a configuration class: written by the decorator, read by whoever binds or describes. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';

interface SettingNote<T> {
  write(prototype: object, key: string, note: T): void;
  /** Also of a class that inherits the setting; `undefined` where nothing was noted. */
  read(type: Type<object>, key: string): T | undefined;
}

/** @param name of a registered symbol, so that a class decorated by a second copy of this package is understood too; ends in a version */
export function settingNote<T>(name: `panotti:${string}:v${number}`): SettingNote<T> {
  const symbol = Symbol.for(name);
  return {
    write: (prototype, key, note) => Reflect.defineMetadata(symbol, note, prototype, key),
    read: (type, key) => Reflect.getMetadata(symbol, type.prototype, key) as T | undefined,
  };
}
