/**
 * Turns whatever was thrown into something that can be reported. A plugin may throw anything: `undefined`, a text of megabytes, a value
 * that throws in turn when it is looked at. What comes out of here can be logged without care.
 */

/** Longer texts are of no use in a message. */
const MAX_LENGTH = 2_000;
/** Of a message that is a list in JSON; a longer one is shown as it is. */
const LONGEST_LIST = 100_000;

/** Of an error that has more, no text has room for the others. */
const MOST_PROBLEMS = 100;
const LINE_END = /\r\n|\n|\r/;
/** A line that only separates, as `=====` and `-----` do. */
const RULER = /^\s*([=\-_*~#─═])\1{2,}$/;

/** Headings within headings, as of a section, a field and a check, that become part of a first line. */
const MAX_ANNOUNCEMENTS = 3;

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

/**
 * One line about what was thrown, for use inside another message: the first line of its message, and, where that only announces the lines
 * below it, the first of those as well. Never throws.
 */
export function messageOf(thrown: unknown): string {
  return reasonOf(thrown).split('\n', 1)[0] ?? '';
}

/**
 * All lines of what was thrown, the first problem on the first of them. What a validation library lists as JSON, or as the errors of an
 * error without a message, has a line for each. At most 2,000 characters. Never throws.
 */
export function reasonOf(thrown: unknown): string {
  const error = toError(thrown);
  const text = leadingProblem(withAnnouncedCause(linesOf(error), error).join('\n'));
  return shortened(text === '' ? error.name : text);
}

/**
 * The text with its next lines as part of the first, as long as that only announces what follows: `The manifest is wrong: name: is missing`.
 */
export function leadingProblem(text: string): string {
  const [head = '', ...others] = text.split('\n');
  let first = head;
  for (
    let announcements = 0;
    first.endsWith(':') && others.length > 0 && announcements < MAX_ANNOUNCEMENTS;
    announcements++
  )
    first = `${first} ${withoutBullet(others.shift() ?? '')}`;
  return [first, ...others].join('\n');
}

/** Ends a text that comes from elsewhere like a sentence, so that another one can follow it. */
export function asSentence(text: string): string {
  return /[.!?…:]["')\]]*$/.test(text) ? text : `${text}.`;
}

/** With the lines of the cause, where the message ends with the colon that announces it. */
function withAnnouncedCause(lines: readonly string[], { cause }: Error, depth = 0): readonly string[] {
  if (lines.at(-1)?.endsWith(':') !== true || !Error.isError(cause) || depth > MAX_CAUSES) return lines;
  const error = toError(cause);
  return [...lines, ...withAnnouncedCause(linesOf(error), error, depth + 1)];
}

/** Without empty lines and rulers, and without the blanks at the ends of lines. */
function linesOf(error: Error): string[] {
  const listed = listedProblems(error);
  const { message } = error;
  // Longer texts are cut anyway, and splitting them costs time.
  const lines = listed ?? message.slice(0, 2 * MAX_LENGTH).split(LINE_END);
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '' && !RULER.test(line));
}

/**
 * The problems of an error whose message is a JSON list of them, as zod's is, or that has several in `errors`, as an `AggregateError` or one of
 * yup does, and does not name the first of them in its message.
 */
function listedProblems(error: Error): string[] | undefined {
  try {
    return issuesIn(error) ?? errorsIn(error);
  } catch {
    return undefined;
  }
}

function issuesIn({ name, message }: Error): string[] | undefined {
  if (!message.startsWith('[') || message.length > LONGEST_LIST) return undefined;
  const list = parsed(message);
  if (!Array.isArray(list) || list.length === 0 || !list.every(isIssue)) return undefined;
  return [`${name}:`, ...list.map((issue) => `  - ${problemOf(issue)}`)];
}

function errorsIn(error: Error): string[] | undefined {
  if (!('errors' in error) || !Array.isArray(error.errors) || error.errors.length === 0) return undefined;
  const { name, message } = error;
  const problems = error.errors.slice(0, MOST_PROBLEMS).map(problemOf);
  if (message.includes(problems[0] ?? '')) return undefined;
  const heading = message === '' ? name : message.replace(/[.:\s]+$/, '');
  return [...`${heading}:`.split(LINE_END), ...problems.map((problem) => `  - ${problem}`)];
}

function problemOf(one: unknown): string {
  if (typeof one === 'string') return one;
  return isIssue(one) && !Error.isError(one) ? `${pathText(one.path)}${one.message}` : messageOf(one);
}

/** `undefined` for what is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Issue {
  readonly message: string;
  readonly path?: unknown;
}

function isIssue(item: unknown): item is Issue {
  return typeof item === 'object' && item !== null && 'message' in item && typeof item.message === 'string';
}

function pathText(path: unknown): string {
  return Array.isArray(path) && path.length > 0 ? `${path.map(String).join('.')}: ` : '';
}

function withoutBullet(line: string): string {
  return line.replace(/^\s*(?:[-*•]\s+)?/, '');
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
    const areTexts =
      typeof name === 'string' && typeof message === 'string' && (stack === undefined || typeof stack === 'string');
    if (Error.isError(value) && !areTexts) return false;
    // Reads every property, of its prototypes as well.
    for (const key in value) Object.is(value[key as keyof typeof value], undefined);
    return isReadable(cause, depth + 1);
  } catch {
    return false;
  }
}
