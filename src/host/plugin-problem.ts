/** One thing that is wrong with a plugin, and the report of many. */
import type { ConfigurationProblem } from '../config/index.js';

export interface PluginProblem {
  /** Upper snake case, listed in docs/errors.md. */
  readonly code: string;
  /** The plugin concerned; absent where nobody knows its name, because its file could not be loaded. */
  readonly plugin?: string | undefined;
  /** What is wrong, with names and places. May have several lines. */
  readonly message: string;
  /** What the operator, or the author, can do about it. */
  readonly fix: string;
  /** The plugin said that this is normal, and waits: no warning is due, and `--strict` accepts it. */
  readonly isExpected?: boolean;
  /** The places in the YAML, where configuration is the problem. */
  readonly configuration?: readonly ConfigurationProblem[];
}

/** The problems sorted by plugin; those that belong to none come first. */
export function sortProblems(problems: Iterable<PluginProblem>): PluginProblem[] {
  return [...problems].sort(
    (a, b) =>
      compareTexts(a.plugin ?? '', b.plugin ?? '') ||
      compareTexts(a.code, b.code) ||
      compareTexts(a.message, b.message),
  );
}

/** All problems as one text for a person, each with its code, what is wrong and the way out. Empty where there are none. */
export function problemReport(problems: readonly PluginProblem[]): string {
  if (problems.length === 0) return '';
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return [`${count} with plugins:`, ...sortProblems(problems).map(problemText)].join('\n\n');
}

function problemText({ code, message, fix }: PluginProblem): string {
  return `${code}  ${message}\n  Fix: ${fix}`;
}

/** By code unit, so that the order is the same on every machine. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
