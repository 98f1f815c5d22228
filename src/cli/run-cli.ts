/** Carries out one command line and returns its exit code. Never ends the process and never throws. */
import { CommanderError } from 'commander';
import { messageOf, PanottiError } from '../common/index.js';
import { ConfigurationError, renderConfigurationError } from '../config/index.js';
import { printableText } from '../host/index.js';
import type { CommandRow, GivenCommand, ParsedCommand } from './command/command.js';
import { ExitCode } from './command/exit-code.js';
import { exitCodeOf } from './exit-code-of.js';
import { parseCommandLine } from './parse-command-line.js';
import type { Surroundings, Terminal } from './command/surroundings.js';

/** @param args without the name of the program */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const parsed = parseCommandLine(args, surroundings.terminal);
  return typeof parsed === 'number' ? parsed : carryOut(parsed, surroundings);
}

export async function carryOut({ row, command }: ParsedCommand, surroundings: Surroundings): Promise<ExitCode> {
  let code: ExitCode = ExitCode.success;
  const finish = (result: ExitCode): void => void (code = result);
  const usage = (message: string): never => command.error(message);
  try {
    const run = await row.load();
    const args = row.takesAnything ? command.args : (command.processedArgs as readonly (string | undefined)[]);
    const given = { args, options: command.optsWithGlobals(), context: { ...surroundings, finish }, usage };
    await run({ ...given, request: await requestOf(row, given) });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.success : ExitCode.usage;
    surroundings.terminal.err(`${textOf(error, surroundings.terminal)}\n`);
    return exitCodeOf(error);
  }
}

async function requestOf({ fields = [] }: CommandRow, given: GivenCommand): Promise<object> {
  if (fields.length === 0) return {};
  const { readFields } = await import('./command/read-fields.js');
  return readFields(fields, given);
}

function textOf(error: unknown, { isInteractive }: Terminal): string {
  if (error instanceof ConfigurationError && isInteractive) return renderConfigurationError(error);
  if (error instanceof PanottiError) return `${error.code}  ${error.message}`;
  return `panotti: unexpected: ${printableText(messageOf(error))}`;
}
