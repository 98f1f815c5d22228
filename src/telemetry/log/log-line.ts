/**
 * What a finished log line may contain. pino escapes the controls that JSON forbids; this escapes the rest that a terminal or a viewer
 * obeys, cuts what is too long, hides the headers that hold secrets, and keeps a caller's text from posing as a record of its own.
 */

/** Longer texts are cut, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 8_192;

/** How a text ends that was cut, and the most characters that this takes. */
const MAX_ENDING = 32;
const CUT = /… \(\d+ characters\)$/;

/** DEL, the C1 controls, line separators, marks and overrides of writing direction, and the byte order mark. */
const OBEYED = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Headers that hold secrets, as keys at any depth; the second form finds lines that need a closer look. */
const SECRET_HEADER = /^(?:(?:proxy-)?authorization|(?:set-)?cookie)$/i;
const HAS_SECRET_HEADER = /(?:authorization|cookie)":/i;

const JSON_ESCAPE = /\\(?:u[0-9a-f]{4}|.)/gi;

/** Indents what follows a line break in a pretty message, because a record starts in the first column. */
const CONTINUATION = '\n      ';

/** One JSON record as it may be written: no secret header, no text over 8 KiB, and only characters that show as themselves. */
export function safeLine(line: string): string {
  const isPlain = line.length <= MAX_TEXT_LENGTH && !HAS_SECRET_HEADER.test(line);
  return (isPlain ? line : `${JSON.stringify(JSON.parse(line, safeValue))}\n`).replace(OBEYED, escaped);
}

/** The record of a line for a person: escapes stay visible instead of taking effect, and only message and stack keep their line breaks. */
export function readableRecord(line: string): object {
  const visible = safeLine(line).replace(JSON_ESCAPE, (escape) => (/["\\/]$/.test(escape) ? escape : `\\${escape}`));
  return JSON.parse(visible, (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'stack') return value.replaceAll('\\n', '\n');
    return key === 'msg' ? value.replaceAll('\\n', CONTINUATION) : value;
  });
}

function safeValue(key: string, value: unknown): unknown {
  if (SECRET_HEADER.test(key)) return '[secret]';
  return typeof value === 'string' ? cutText(value, MAX_TEXT_LENGTH) : value;
}

/** The text, or its first `length` UTF-16 units and how many there were. A text that was cut before stays as it is. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const ending = CUT.exec(text.slice(-MAX_ENDING))?.[0].length ?? 0;
  if (ending > 0 && text.length - ending <= length) return text;
  return `${text.slice(0, length).toWellFormed()}… (${text.length} characters)`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
