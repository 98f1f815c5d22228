/**
 * Turns whatever was thrown into something that can be reported. A plugin may throw anything: `undefined`, a text of megabytes, a value
 * that throws in turn when it is looked at. What comes out of here can be logged without care.
 */

/** Longer texts are of no use in a message. */
const MAX_LENGTH = 2_000;

/** Causes of causes beyond this depth are not looked at by any log either. */
const MAX_CAUSES = 10;

/** The thrown value as an `Error`; a value that is none becomes the message of one, with itself as `cause`. Never throws. */
export function toError(thrown: unknown): Error {
  const cause = isReadable(thrown) ? { cause: thrown } : undefined;
  // Not `instanceof`: an error may come from another realm.
  if (!Error.isError(thrown)) return new Error(`A value that is no Error was thrown: ${printable(thrown)}`, cause);
  return cause ? thrown : standInFor(thrown);
}

/** What can be read of an error, and nothing else of it. */
function standInFor(error: Error): Error {
  const standIn = new Error(textOf(error, 'message') ?? 'An Error that cannot be read was thrown.');
  const stack = textOf(error, 'stack');
  if (stack !== undefined) standIn.stack = stack;
  return standIn;
}

function textOf(error: Error, property: 'message' | 'stack'): string | undefined {
  try {
    const text: unknown = error[property];
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The first line of what was thrown, for use inside another message. Never throws. */
export function messageOf(thrown: unknown): string {
  const { name, message } = toError(thrown);
  return shortened(message === '' ? name : (message.split('\n', 1)[0] ?? name));
}

/** As `instanceof`, which runs code of a value that is a Proxy. Never throws. */
export function isInstance(thrown: unknown, errorClass: abstract new (...args: never[]) => unknown): boolean {
  try {
    return thrown instanceof errorClass;
  } catch {
    return false;
  }
}

function printable(value: unknown): string {
  for (const print of [String, (thing: unknown): string => Object.prototype.toString.call(thing)]) {
    try {
      return shortened(print(value));
    } catch {
      // A value may refuse the one and the other.
    }
  }
  return 'it cannot be printed';
}

function shortened(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** Whether a log may look at it, as logs do: at its texts, its properties and its causes. */
function isReadable(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > MAX_CAUSES) return true;
  try {
    // Logs look at `message` to find out whether it is an error.
    const { name, message, stack, cause } = value as Partial<Record<keyof Error, unknown>>;
    const areTexts = typeof name === 'string' && typeof message === 'string' && (stack === undefined || typeof stack === 'string');
    if (Error.isError(value) && !areTexts) return false;
    // Reads every property, of its prototypes as well.
    for (const key in value) Object.is(value[key as keyof typeof value], undefined);
    return isReadable(cause, depth + 1);
  } catch {
    return false;
  }
}
