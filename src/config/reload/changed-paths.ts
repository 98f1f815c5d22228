/** Compares two validated configurations key by key. */
import { isDeepStrictEqual } from 'node:util';
import { isSecret } from '../../common/index.js';

/** Something that can be compared without showing what it holds. */
interface Comparable {
  equals(other: unknown): boolean;
}

/**
 * The paths at which two configurations differ, sorted: `http.port`. A list counts as one value. Empty where nothing differs. What only
 * one side has is a change of it, whatever it is.
 */
export function changedPaths(previous: unknown, next: unknown, path = ''): string[] {
  if (!isSettings(previous) || !isSettings(next)) return isSame(previous, next) ? [] : [path];
  const keys = new Set([...Object.keys(previous), ...Object.keys(next)]);
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return [...keys].toSorted().flatMap((key) => changedPaths(own(previous, key), own(next, key), below(key)));
}

function isSame(previous: unknown, next: unknown): boolean {
  // First of all: `isDeepStrictEqual` finds no difference between two secrets.
  if (isSecret(previous) || isSecret(next)) return isSecret(previous) && isSecret(next) && previous.equals(next);
  if (isComparable(previous) || isComparable(next))
    return isComparable(previous) && isComparable(next) && previous.equals(next);
  if (Array.isArray(previous) && Array.isArray(next)) return isSameList(previous, next);
  if (previous instanceof Map && next instanceof Map) return isSameList([...previous].flat(), [...next].flat());
  if (previous instanceof Set && next instanceof Set) return isSameList([...previous], [...next]);
  return isDeepStrictEqual(previous, next);
}

function isSameList(previous: readonly unknown[], next: readonly unknown[]): boolean {
  // By position: a list may have holes, which `every` passes over.
  return (
    previous.length === next.length &&
    previous.keys().every((index) => changedPaths(previous[index], next[index]).length === 0)
  );
}

function isComparable(value: unknown): value is Comparable {
  return typeof value === 'object' && value !== null && 'equals' in value && typeof value.equals === 'function';
}

/** An object that is what its fields are: a map of settings, or an instance of a class of settings; no date, URL, list or secret. */
function isSettings(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isSecret(value) || isComparable(value)) return false;
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** Not what every object inherits: a setting may have the name `constructor` or `toString`. */
function own(settings: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(settings, key) ? settings[key] : undefined;
}
