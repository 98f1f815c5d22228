/** A report for a person at a terminal: each problem with its place, its line in the file, and what to do. */
import { describeProblem, sortedProblems, type ConfigurationProblem } from '../configuration-problem.js';
import { readBoundedFile, UnreadableFile } from '../files/bounded-file.js';
import type { ConfigurationError } from '../config.errors.js';
import { LARGEST_FILE_BYTES } from '../tree/yaml-reader.js';
import { codeFrame } from './code-frame.js';

export interface RenderOptions {
  /** Default: the file on the disk, as it is now. */
  readonly textOf?: (file: string) => string | undefined;
}

/** All problems, sorted, with an empty line between them. Without colours, so that it can be kept in a file. */
export function renderProblems(
  problems: Iterable<ConfigurationProblem>,
  { textOf = textOnDisk }: RenderOptions = {},
): string {
  const texts = new Map<string, string | undefined>();
  return sortedProblems(problems)
    .map((problem) => {
      const { file, fix } = problem;
      if (!texts.has(file)) texts.set(file, textOf(file));
      const text = texts.get(file);
      const frame = text === undefined ? [] : codeFrame(problem, text);
      return [describeProblem(problem), ...frame.map((line) => `  ${line}`), `  Fix: ${fix}`].join('\n');
    })
    .join('\n\n');
}

/** The whole report of an error. In a pipe or a log its `message` is better, which has one line for each problem. */
export function renderConfigurationError({ code, problems }: ConfigurationError, options: RenderOptions = {}): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return `${code}  The configuration has ${count}:\n\n${renderProblems(problems, options)}`;
}

/** Names that stand for no file, such as that of the environment, have no text. */
function textOnDisk(file: string): string | undefined {
  if (file.startsWith('(')) return undefined;
  try {
    return readBoundedFile(file, LARGEST_FILE_BYTES);
  } catch (error) {
    if (error instanceof UnreadableFile) return undefined;
    throw error;
  }
}
