/** Carries out the command lines that `CommandShell` sends, one after the other, as `run-in-process.ts` carries out one. */
import { Readable } from 'node:stream';
import type * as cli from '../../src/cli/run-cli.js';
import type * as secretInput from '../../src/cli/command/process-secret-input.js';
import type * as host from '../../src/host/index.js';
import type { CommandLine } from './command-shell.js';
import type { Ran } from './run-command.js';

async function built<Module>(path: string): Promise<Module> {
  return (await import(new URL(`../../dist/${path}`, import.meta.url).href)) as Module;
}

const { runCli } = await built<typeof cli>('cli/run-cli.js');
const { ProcessSecretInput } = await built<typeof secretInput>('cli/command/process-secret-input.js');
const { SHIPPED_PLUGINS } = await built<typeof host>('host/index.js');

let written = { out: '', err: '' };
const err = (text: string): void => void (written.err += text);
// What plugins print while they are imported goes to the standard error of the command.
process.stdout.write = process.stderr.write = (text: string | Uint8Array): boolean => {
  err(String(text));
  return true;
};

async function carryOut({ args, input, isInteractive }: CommandLine): Promise<Ran> {
  written = { out: '', err: '' };
  const stdin = Readable.from(Buffer.from(input)) as unknown as NodeJS.ReadStream;
  const code = await runCli(args, {
    terminal: { out: (text) => void (written.out += text), err, isInteractive },
    input: new ProcessSecretInput(stdin, process.stderr),
    environment: Object.freeze({ ...process.env }),
    shipped: SHIPPED_PLUGINS,
  });
  return { code, ...written };
}

process.on('message', (line: CommandLine) => void carryOut(line).then((ran) => process.send?.(ran)));
