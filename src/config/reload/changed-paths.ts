/** Compares two validated configurations key by key. */
import { isDeepStrictEqual } from 'node:util';

/** What can tell whether it is the same as another without showing what it holds. */
interface Comparable {
  equals(other: unknown): boolean;
}

/** The paths at which two configurations differ, sorted: `http.port`. A list counts as one value. Empty where nothing differs. */
export function changedPaths(previous: unknown, next: unknown, path = ''): string[] {
  if (isComparable(previous)) return previous.equals(next) ? [] : [path];
  if (!isMap(previous) || !isMap(next)) return isSame(previous, next) ? [] : [path];
  const keys = new Set([...Object.keys(previous), ...Object.keys(next)]);
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return [...keys].toSorted().flatMap((key) => changedPaths(previous[key], next[key], below(key)));
}

function isSame(previous: unknown, next: unknown): boolean {
  if (!Array.isArray(previous) || !Array.isArray(next)) return isDeepStrictEqual(previous, next);
  return previous.length === next.length && previous.every((item, index) => changedPaths(item, next[index]).length === 0);
}

function isComparable(value: unknown): value is Comparable {
  return typeof value === 'object' && value !== null && 'equals' in value && typeof value.equals === 'function';
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isComparable(value);
}
