/** What the value that a health check returned says of it: most authors throw, but `false`, an `Error` and terminus' results are usual too. */

export interface Verdict {
  readonly isWell: boolean;
  /** Why it is not, where the value says so; for the log alone. */
  readonly reason?: string;
}

const WELL: Verdict = { isWell: true };

/** The words with which terminus, and checks made for it, call something not well. */
const DOWN_WORDS: ReadonlySet<string> = new Set(['down', 'error', 'shutting_down']);

/**
 * Not well are `false`, an `Error`, an object with `status: 'down'`, and terminus' form, which has such an object under the name of each
 * part. Everything else is well, also what cannot be looked at: a check is well when it returns.
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

/** In capitals, as other frameworks write it, too. */
function isDownWord(status: unknown): boolean {
  return typeof status === 'string' && DOWN_WORDS.has(status.toLowerCase());
}

function down(what: string, value: object): Verdict {
  const { status, message } = value as { readonly status?: unknown; readonly message?: unknown };
  return { isWell: false, reason: `${what} is ${String(status)}${typeof message === 'string' ? `: ${message}` : '.'}` };
}
