/** `panotti config new-key`: a fresh key for encrypted values. */
import type { Command } from 'commander';
import { newKey, writeNewKey } from '../config/index.js';
import type { ProgramContext } from './program-context.js';
import { ExitCode } from './exit-code.js';

const HELP = `
Without --out the key is printed, this once: it is kept nowhere. Whoever has it can read every value that was encrypted with it, and
without it they are lost. Keep it apart from the configuration files.

Examples:
  panotti config new-key --out /etc/panotti/config.key
  panotti config new-key > config.key            readable by others, unless the shell is told not to (umask 077)

Exit codes: 0 done, 64 wrong usage or the file is there already, 74 the file cannot be written.`;

const AFTER_PRINTING = 'Put it in PANOTTI_CONFIG_KEY of the server. It is shown this once.\n';

export function addNewKey(config: Command, context: ProgramContext): void {
  config
    .command('new-key')
    .description('Make a key for encrypted values.')
    .option('--out <file>', 'write the key to a new file that only its owner can read')
    .addHelpText('after', HELP)
    .action(async ({ out }: { out?: string }) =>
      context.finish(out === undefined ? print(context) : await write(out, context)),
    );
}

function print({ terminal }: ProgramContext): ExitCode {
  terminal.out(`${newKey()}\n`);
  terminal.err(AFTER_PRINTING);
  return ExitCode.success;
}

async function write(file: string, { terminal }: ProgramContext): Promise<ExitCode> {
  try {
    await writeNewKey(file);
  } catch (error) {
    // By shape and not by class: errors of the system may come from another realm.
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown reason';
    const isThere = code === 'EEXIST';
    terminal.err(
      isThere
        ? 'The file is there already, and a key is never overwritten.\n'
        : `The key cannot be written: ${code}.\n`,
    );
    return isThere ? ExitCode.usage : ExitCode.inputOutput;
  }
  terminal.err(`The key is in ${file}. Name that file in PANOTTI_CONFIG_KEY_FILE of the server.\n`);
  return ExitCode.success;
}
