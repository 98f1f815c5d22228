/** Settings that nothing written in YAML can become, so that the plugin would get another type than its class says: dates, maps, sets and their like. */
import { IS_DATE } from 'class-validator';
import type { Checks } from './class-validator-storage.js';

const DATE = '@IsISO8601() on a text for a date';

/** What to write instead of a value of that kind; `undefined` for what YAML can hold. */
export function writableInstead(value: unknown): { readonly kind: string; readonly instead: string } | undefined {
  if (value instanceof Date) return { kind: 'a Date', instead: DATE };
  if (value instanceof Map)
    return {
      kind: 'a Map',
      instead: 'a plain object, such as {}, with the check of its values: @IsString({ each: true })',
    };
  if (value instanceof Set)
    return { kind: 'a Set', instead: 'a list, with @ArrayUnique() where no item may come twice' };
  if (value instanceof RegExp || value instanceof URL)
    return { kind: `a ${value.constructor.name}`, instead: 'a text, and make the object of it where it is used' };
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return { kind: 'bytes', instead: 'a text, and decode it where it is used' };
  if (typeof value === 'bigint') return { kind: 'a bigint', instead: 'a number, or a text for more digits' };
  if (typeof value === 'function' || typeof value === 'symbol')
    return { kind: `a ${typeof value}`, instead: 'a text, or a name that the plugin looks up' };
  return undefined;
}

/** @param checks of the setting */
export function unwritable(value: unknown, checks: Checks): string[] {
  const found = writableInstead(value);
  if (found) return [`has ${found.kind} as its default, which nothing in YAML can become; write ${found.instead}`];
  return checks.some(({ name }) => name === IS_DATE)
    ? [`has @IsDate(), which nothing in YAML passes; write ${DATE}`]
    : [];
}
