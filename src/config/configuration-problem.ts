/** One thing that is wrong in the configuration, its place, and how paths are written in a report. */
import { nearestWord } from '../common/index.js';

/** From the root of a document: keys of maps and positions in lists. */
export type Path = readonly (string | number)[];

/** Where something was written. */
export interface Origin {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** The environment variable that gave the value, where it was one. */
  readonly variable?: string;
}

/** What an operator does about each kind of problem where nothing more exact is known. */
const PROBLEM_FIXES = {
  CONFIG_SYNTAX: 'Correct the YAML at this place: indentation, quotes, brackets and colons.',
  CONFIG_LIMIT: 'Make the file smaller or flatter, or split it: one file for each plugin in config/plugins.',
  CONFIG_FILE: 'Make the file a readable file of UTF-8 text, give it the name that is asked for, or remove it.',
  CONFIG_DUPLICATE_KEY: 'Remove all but one of them.',
  CONFIG_UNKNOWN_KEY: 'Correct the name, or remove it.',
  CONFIG_UNKNOWN_VARIABLE: 'Correct the name of the variable, or unset it.',
  CONFIG_MISSING: 'Write a value for it.',
  CONFIG_WRONG_TYPE: 'Write a value of the type that is asked for.',
  CONFIG_VALUE_REFUSED: 'Write a value that is allowed.',
  CONFIG_REFERENCE:
    'Set the variable, give it a default as in ${NAME:-default}, or write $${ for the characters themselves.',
  CONFIG_CONFLICT: 'Keep one of the two.',
  CONFIG_DEPRECATED: 'Use what the message names instead.',
  CONFIG_CLASS: 'Correct the class; this is for the author of the plugin.',
} as const;

/** Listed in docs/errors.md. */
export type ProblemCode = keyof typeof PROBLEM_FIXES;

/** Plain data: `JSON.stringify` of it is the machine form of a report. */
export interface ConfigurationProblem {
  /** Listed in docs/errors.md. */
  readonly code: ProblemCode;
  /** As the operator knows it: `config/plugins.yaml`, the label of an object given in code, or `(environment)`. */
  readonly file: string;
  /** Counted from 1; 1 where the source has no lines. */
  readonly line: number;
  /** Counted from 1; 1 where the source has no columns. */
  readonly column: number;
  /** `plugins.noise-reduction.settings.timeout`, the name of a variable, or `(yaml)` for an error of syntax. */
  readonly path: string;
  /** What is wrong, without the value. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
  /** The keys, or names of variables, that could stand there; with an unknown one. Sorted. */
  readonly knownKeys?: readonly string[];
  /** The one of them that was probably meant. */
  readonly suggestion?: string;
  /** Nothing of the line may be shown: it is the place of a setting that is kept secret. */
  readonly isSecret?: true;
}

/** What a problem has beside its place and its sentence. */
export interface ProblemDetails {
  /** Default `CONFIG_VALUE_REFUSED`. */
  readonly code?: ProblemCode;
  /** Default: that of the code. */
  readonly fix?: string;
  readonly knownKeys?: Iterable<string>;
  readonly suggestion?: string | undefined;
  readonly isSecret?: boolean | undefined;
}

/** The path of a document that is wrong as a whole. */
export const WHOLE_DOCUMENT = '(document)';

const LONGEST_KEY = 60;
/** Longer words are not typing errors, and comparing them takes long. */
const LONGEST_SUGGESTION = 100;

/** A problem at `origin`; a value that came from a variable is named by its variable. */
export function problemAt(
  origin: Origin,
  path: string,
  message: string,
  details: ProblemDetails = {},
): ConfigurationProblem {
  const { code = 'CONFIG_VALUE_REFUSED', fix = PROBLEM_FIXES[code], knownKeys, suggestion, isSecret } = details;
  const { file, line, column, variable = path } = origin;
  return {
    code,
    file,
    line,
    column,
    path: variable,
    message,
    fix,
    ...(knownKeys === undefined ? {} : { knownKeys: [...knownKeys].sort() }),
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(isSecret ? { isSecret } : {}),
  };
}

/** An unknown key or name: the one that was probably meant, or all that are known where no name is similar. */
export function unknownDetails(
  written: string,
  known: Iterable<string>,
  code: ProblemCode = 'CONFIG_UNKNOWN_KEY',
): ProblemDetails & { message: string } {
  const knownKeys = [...known].sort();
  const suggestion = written.length > LONGEST_SUGGESTION ? undefined : nearestWord(written, knownKeys);
  const listed = knownKeys.length === 0 ? 'there is nothing to set here' : `known are ${knownKeys.join(', ')}`;
  const message = `is unknown; ${suggestion === undefined ? listed : `did you mean "${suggestion}"?`}`;
  const fix = suggestion === undefined ? PROBLEM_FIXES[code] : `Write "${suggestion}", or remove it.`;
  return { code, message, fix, knownKeys, suggestion };
}

/**
 * By file, line, column and path, each problem once: an alias makes the same problem turn up more than once. What one of them says about
 * secrecy holds.
 */
export function sortedProblems(problems: Iterable<ConfigurationProblem>): ConfigurationProblem[] {
  const unique = new Map<string, ConfigurationProblem>();
  for (const problem of problems) {
    const key = describeProblem(problem);
    if (unique.get(key)?.isSecret !== true) unique.set(key, problem);
  }
  return [...unique.values()].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.path, b.path) ||
      compareText(a.message, b.message),
  );
}

/** `config/plugins.yaml:3:12  plugins.example.settings.timeout: must not be less than 1` */
export function describeProblem({ file, line, column, path, message }: ConfigurationProblem): string {
  return `${file}:${line}:${column}  ${path}: ${message}`;
}

/** One problem a line, each with what to do about it in a line below, for a log or a pipe: `Fix: Write "timeout", or remove it.` */
export function describeProblems(problems: Iterable<ConfigurationProblem>): string {
  return [...problems].map((problem) => `  ${describeProblem(problem)}\n    Fix: ${problem.fix}`).join('\n');
}

/** `a.b[0]["c d"]`; without segments the prefix alone. */
export function formatPath(prefix: string | undefined, path: Path): string {
  let text = prefix ?? '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (!/^[\w-]+$/.test(segment) || segment.length > LONGEST_KEY) text += `[${quotedText(segment)}]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text === '' ? WHOLE_DOCUMENT : text;
}

/** In quotes. Keys and names of files come from the file, so they are shown without control characters and never at full length. */
export function quotedText(key: string): string {
  const shown = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key;
  return JSON.stringify(shown).replaceAll(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, '?');
}

/** By code unit, so that the order does not depend on the machine's language. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
