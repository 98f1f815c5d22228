/** Runs one command line and answers with the exit code. Ends no process and lets no error out. */
import { CommanderError } from 'commander';
import { messageOf, PanottiError } from '../common/index.js';
import {
  ConfigurationError,
  ConfigurationKeyError,
  FileNotWrittenError,
  renderConfigurationError,
  SectionNotAddedError,
} from '../config/index.js';
import { PluginCatalogError, printableText, readHostPackage } from '../host/index.js';
import { StoreDamagedError, StoredFileError, StoreKeyMismatchError, StoreLockedError } from '../storage/index.js';
import { buildProgram } from './build-program.js';
import { ExitCode } from './exit-code.js';
import type { Surroundings } from './surroundings.js';
import type { Terminal } from './terminal.js';

type ErrorClass = abstract new (...args: never[]) => Error;

const WRONG_CONFIGURATION = [ConfigurationError, ConfigurationKeyError, PluginCatalogError, SectionNotAddedError, StoreKeyMismatchError];
const INPUT_OUTPUT = [FileNotWrittenError, StoredFileError, StoreDamagedError];

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
    surroundings.terminal.err(`${textOf(error, surroundings.terminal)}\n`);
    return codeOf(error);
  }
}

function codeOf(error: unknown): ExitCode {
  const isOneOf = (kinds: readonly ErrorClass[]): boolean => kinds.some((kind) => error instanceof kind);
  if (isOneOf(WRONG_CONFIGURATION)) return ExitCode.configuration;
  if (error instanceof StoreLockedError) return ExitCode.storeLocked;
  return isOneOf(INPUT_OUTPUT) ? ExitCode.inputOutput : ExitCode.software;
}

function textOf(error: unknown, { isInteractive }: Terminal): string {
  if (error instanceof ConfigurationError && isInteractive) return renderConfigurationError(error);
  if (error instanceof PanottiError) return `${error.code}  ${error.message}`;
  return `panotti: unexpected: ${printableText(messageOf(error))}`;
}
