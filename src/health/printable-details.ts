/** What a check returned, as JSON that cannot break an answer. */

const MAX_LENGTH = 4_096;

/** A copy that is plain JSON; `undefined` for a value that is not an object, cannot be written as JSON, or is longer than 4 KiB. */
export function printableDetails(returned: unknown): object | undefined {
  if (typeof returned !== 'object' || returned === null) return undefined;
  try {
    const text = JSON.stringify(returned, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const copy: unknown = text.length > MAX_LENGTH ? undefined : JSON.parse(text);
    return typeof copy === 'object' && copy !== null ? copy : undefined;
  } catch {
    return undefined;
  }
}
