/** Turns whatever was thrown into something that can be reported: a plugin may throw anything, also `undefined`. */

/** The thrown value as an `Error`; a value that is none becomes the message of one, with itself as `cause`. */
export function toError(thrown: unknown): Error {
  // Not `instanceof`: an error may come from another realm.
  if (Error.isError(thrown)) return thrown;
  return new Error(`A value that is no Error was thrown: ${printable(thrown)}`, { cause: thrown });
}

/** The first line of what was thrown, for use inside another message. */
export function messageOf(thrown: unknown): string {
  const { name, message } = toError(thrown);
  return message === '' ? name : (message.split('\n', 1)[0] ?? name);
}

function printable(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
