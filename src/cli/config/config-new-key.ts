/** `panotti config new-key`: a new key for encrypted values. */
import { newKey, writeNewKey } from '../../config/index.js';
import type { ProgramContext } from '../command/surroundings.js';
import { ExitCode } from '../command/exit-code.js';
import type { CommandCall } from '../command/command.js';
import type { OutOption } from '../command/write-result.js';

const AFTER_PRINTING = 'Put it in PANOTTI_CONFIG_KEY of the server. It is shown this once.\n';

export async function configNewKey({ options: { out }, context }: CommandCall<OutOption>): Promise<void> {
  context.finish(out === undefined ? print(context) : await write(out, context));
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
      isThere ? 'The file exists already, and a key is never overwritten.\n' : `The key cannot be written: ${code}.\n`,
    );
    return isThere ? ExitCode.usage : ExitCode.inputOutput;
  }
  terminal.err(`The key is in ${file}. Name that file in PANOTTI_CONFIG_KEY_FILE of the server.\n`);
  return ExitCode.success;
}
