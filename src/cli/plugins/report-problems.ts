/** What a command does about problems that the plugins have. */
import { problemReport, type PluginCatalog } from '../../host/index.js';
import { ExitCode } from '../command/exit-code.js';
import type { Terminal } from '../command/surroundings.js';

/** Writes the report where there is one; only `strict` makes a failure of it. */
export function reportProblems(
  { problems }: Pick<PluginCatalog, 'problems'>,
  terminal: Terminal,
  mode: 'strict' | 'lenient',
): ExitCode {
  if (problems.length === 0) return ExitCode.success;
  terminal.err(`\n${problemReport(problems)}\n`);
  return mode === 'strict' ? ExitCode.configuration : ExitCode.success;
}
