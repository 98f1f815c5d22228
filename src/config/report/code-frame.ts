/**
 * The line of a problem with a mark below it, for a person at a terminal. What may be secret is never shown: the value is left out where
 * the setting is one that is kept secret, where the line or the path sounds like one, and where it is not known what the line holds.
 */
import { WHOLE_DOCUMENT, type ConfigurationProblem, type ProblemCode } from '../configuration-problem.js';

/** Names of settings whose values should not be shown on a screen. */
const SOUNDS_SECRET =
  /pass|secret|token|credential|private|cookie|auth|signature|dsn|(?:api|access|encryption|signing)[-_ ]?key|:\/\/[^/\s]*@/i;

const MASK = '[masked]';
const LONGEST_LINE = 120;
/** As far as a key goes that is written on the line, with its colon. */
const KEY = /^\s*(?:- +)*(?:[\w.-]{1,64}|"[\w .-]{1,64}"|'[\w .-]{1,64}')\s*:(?=\s|$)/;

/** Two lines; empty where the file has no such line, or where nothing of it can be shown. */
export function codeFrame(problem: ConfigurationProblem, text: string): string[] {
  const line = text.split(/\r\n|\n|\r/)[problem.line - 1];
  if (line === undefined || line.trim() === '') return [];
  const shown = isMasked(problem, line) ? masked(line) : line;
  if (shown === undefined) return [];
  const start = Math.max(0, Math.min(problem.column - 1, shown.length) - LONGEST_LINE / 2);
  const part = printable(shown.slice(start, start + LONGEST_LINE));
  const caret = Math.min(Math.max(problem.column - 1 - start, 0), part.length);
  const margin = String(problem.line);
  return [`${margin} | ${part}`, `${' '.repeat(margin.length)} | ${' '.repeat(caret)}^`];
}

/** Problems that do not concern the value, so that it is not known what it is. Where the text is not valid YAML, nothing in it is known. */
const VALUE_UNKNOWN: ReadonlySet<ProblemCode> = new Set([
  'CONFIG_SYNTAX',
  'CONFIG_UNKNOWN_KEY',
  'CONFIG_DUPLICATE_KEY',
]);

function isMasked({ isSecret, code, path }: ConfigurationProblem, line: string): boolean {
  return (
    isSecret === true ||
    VALUE_UNKNOWN.has(code) ||
    path === WHOLE_DOCUMENT ||
    SOUNDS_SECRET.test(path) ||
    SOUNDS_SECRET.test(line)
  );
}

/** `undefined` where there is no key to show. */
function masked(line: string): string | undefined {
  const key = KEY.exec(line)?.[0];
  if (key === undefined) return undefined;
  return line.length === key.length ? key : `${key} ${MASK}`;
}

/** One character for each, so that the mark stays below its place. */
function printable(text: string): string {
  return text.replaceAll('\t', '→').replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '?');
}
