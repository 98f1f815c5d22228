/** Makes a value and all that it holds immutable. */

/** Freezes `value` and every plain object, array and class instance below it, and returns it. Maps, sets, dates and buffers stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
}
