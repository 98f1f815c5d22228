/**
 * Finds a `Secret` in a payload. Events are kept, replayed and shown, and every plugin may read them: a secret does not belong there, and
 * would come back from a store as the text `[secret]`.
 */
import { isSecret } from '../../common/index.js';

export const SECRET_IN_EVENT =
  'is a Secret, which no event may carry; publish a name by which the handler finds it, or let its plugin read it from its configuration';

/** The search goes no deeper, and no further in a list, so that publishing stays cheap: a `Secret` there is still never shown. */
const DEEPEST = 4;
const LONGEST = 100;

/** Path of the first secret: `connection.password`, `keys[0]`; `payload` if it is the payload itself. */
export function pathOfSecret(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  try {
    return search(payload, '', 0);
  } catch {
    // A getter of the payload threw. A later reader meets the same error.
    return undefined;
  }
}

function search(value: object, path: string, depth: number): string | undefined {
  if (isSecret(value)) return path === '' ? 'payload' : path;
  if (depth === DEEPEST || ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return searchList(value, path, depth);
  for (const key in value) {
    const below = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof below !== 'object' || below === null) continue;
    const found = search(below, path === '' ? key : `${path}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function searchList(items: readonly unknown[], path: string, depth: number): string | undefined {
  const length = Math.min(items.length, LONGEST);
  for (let index = 0; index < length; index++) {
    const item = items[index];
    if (typeof item !== 'object' || item === null) continue;
    const found = search(item, `${path}[${index}]`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
