/** An enum of numbers: operators write the names of its members, and the class gets the numbers. */
import { IS_ENUM } from 'class-validator';
import type { Checks } from './class-validator-storage.js';

/** What may be written, in the order of the enum: the names of numbers, and texts as they are. */
export type EnumNames = ReadonlyMap<string, number | string>;

/** From the `@IsEnum` among the checks; `undefined` where there is none, or its members are texts alone. */
export function enumNames(checks: Checks): EnumNames | undefined {
  const entity: unknown = checks.find(({ name }) => name === IS_ENUM)?.constraints?.[0];
  if (typeof entity !== 'object' || entity === null) return undefined;
  // TypeScript adds each number as a key as well, with the name as its value.
  const members = Object.entries(entity).filter(([key]) => !/^-?\d/.test(key)) as [string, unknown][];
  if (!members.some(([, value]) => typeof value === 'number')) return undefined;
  return new Map<string, number | string>(
    members.map(([name, value]) => (typeof value === 'number' ? [name, value] : [String(value), String(value)])),
  );
}

/** The name of a member; `undefined` where no member has the number. */
export function nameOfMember(names: EnumNames, value: unknown): string | undefined {
  return [...names].find(([, member]) => member === value)?.[0];
}
