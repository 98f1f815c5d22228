/** Writes the result of a command to the terminal, or into the file that `--out` names. */
import { resolve } from 'node:path';
import { writeTextFile } from '../../config/index.js';
import { ExitCode } from './exit-code.js';
import type { ProgramContext } from './surroundings.js';

export interface OutOption {
  readonly out?: string;
}

/** @throws FileNotWrittenError */
export async function writeResult(
  text: string,
  { out }: OutOption,
  { terminal, finish }: ProgramContext,
): Promise<void> {
  if (out === undefined) terminal.out(text);
  else {
    await writeTextFile(resolve(out), text);
    terminal.err(`Written: ${out}\n`);
  }
  finish(ExitCode.success);
}
