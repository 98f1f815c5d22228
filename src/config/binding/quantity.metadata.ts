/** Stores which settings are durations or sizes; the only reader of it. */
import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import type { Quantity } from './units.js';

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const QUANTITY = Symbol.for('panotti:quantity:v1');

export function writeQuantity(prototype: object, key: string, quantity: Quantity): void {
  Reflect.defineMetadata(QUANTITY, quantity, prototype, key);
}

/** What `@IsDuration` or `@IsByteSize` said about the property, also in a class that inherits it. */
export function readQuantityOf(type: Type<object>, key: string): Quantity | undefined {
  return Reflect.getMetadata(QUANTITY, type.prototype, key) as Quantity | undefined;
}
