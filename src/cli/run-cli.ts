/** Runs one command line and answers with the exit code. Ends no process and lets no error out. */
import { CommanderError } from 'commander';
import { messageOf, PanottiError } from '../common/index.js';
import { ConfigurationError } from '../config/index.js';
import { PluginCatalogError, printableText, readHostPackage } from '../host/index.js';
import { StoreDamagedError, StoredFileError, StoreKeyMismatchError, StoreLockedError } from '../storage/index.js';
import { buildProgram } from './build-program.js';
import { ExitCode } from './exit-code.js';
import type { Surroundings } from './surroundings.js';

/** @param args what follows the name of the command */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let code: ExitCode = ExitCode.success;
  const finish = (result: ExitCode): void => void (code = result);
  try {
    const { version } = await readHostPackage();
    await buildProgram({ ...surroundings, version, finish }).parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.success : ExitCode.usage;
    surroundings.terminal.err(`${textOf(error)}\n`);
    return codeOf(error);
  }
}

function codeOf(error: unknown): ExitCode {
  if (error instanceof ConfigurationError || error instanceof PluginCatalogError || error instanceof StoreKeyMismatchError)
    return ExitCode.configuration;
  if (error instanceof StoreLockedError) return ExitCode.storeLocked;
  return error instanceof StoredFileError || error instanceof StoreDamagedError ? ExitCode.inputOutput : ExitCode.software;
}

function textOf(error: unknown): string {
  if (error instanceof PanottiError) return `${error.code}  ${error.message}`;
  return `panotti: unexpected: ${printableText(messageOf(error))}`;
}
