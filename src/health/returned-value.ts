/**
 * What a health check returned: a verdict, and details for the answer. Most authors throw if something is wrong, but `false`, an `Error` and results of
 * terminus are common too.
 */

export interface Verdict {
  readonly isWell: boolean;
  /** Why it is not well, if the value says so; only for the log. */
  readonly reason?: string;
}

/** Longest details that an answer shows, in characters of JSON. */
const MAX_DETAILS_LENGTH = 4_096;

const WELL: Verdict = { isWell: true };

/** The words of terminus, and of checks made for it, for something that is not well. */
const DOWN_WORDS: ReadonlySet<string> = new Set(['down', 'error', 'shutting_down']);

/**
 * Not well are `false`, an `Error`, an object with `status: 'down'`, and terminus' form, which has such an object under the name of each
 * part. Everything else is well, even a value that cannot be read: a check that returns is well.
 */
export function verdictOf(returned: unknown): Verdict {
  try {
    return read(returned);
  } catch {
    return WELL;
  }
}

function read(returned: unknown): Verdict {
  if (returned === false) return { isWell: false, reason: 'it returned false.' };
  if (returned instanceof Error) return { isWell: false, reason: returned.message };
  if (typeof returned !== 'object' || returned === null) return WELL;
  const { status } = returned as { readonly status?: unknown };
  if (isDownWord(status)) return down('it', returned);
  const part = Object.entries(returned).find(([, value]) => isDown(value));
  return part ? down(`"${part[0]}"`, part[1] as object) : WELL;
}

function isDown(value: unknown): boolean {
  return typeof value === 'object' && value !== null && isDownWord((value as { readonly status?: unknown }).status);
}

/** Ignores case: other frameworks write the words in capitals. */
function isDownWord(status: unknown): boolean {
  return typeof status === 'string' && DOWN_WORDS.has(status.toLowerCase());
}

function down(what: string, value: object): Verdict {
  const { status, message } = value as { readonly status?: unknown; readonly message?: unknown };
  return { isWell: false, reason: `${what} is ${String(status)}${typeof message === 'string' ? `: ${message}` : '.'}` };
}

/** A copy that is plain JSON; `undefined` for a value that is not an object, cannot be written as JSON, or is longer than 4 KiB. */
export function printableDetails(returned: unknown): object | undefined {
  if (typeof returned !== 'object' || returned === null) return undefined;
  try {
    const text = JSON.stringify(returned, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const copy: unknown = text.length > MAX_DETAILS_LENGTH ? undefined : JSON.parse(text);
    return typeof copy === 'object' && copy !== null ? copy : undefined;
  } catch {
    return undefined;
  }
}
