/** `panotti config encrypt`: from a secret on the standard input to the text that stands for it in YAML. */
import type { Command } from 'commander';
import { describeProblem, encryptText, requireKey } from '../config/index.js';
import type { ProgramContext } from './program-context.js';
import { ExitCode } from './exit-code.js';

const HELP = `
The secret comes from the standard input, or from a prompt that does not show it; a line break at its end is left out. It is never taken
from the command line, which every user of the machine can read while the command runs, and which shells keep in their history.

The key is the one in PANOTTI_CONFIG_KEY, or in the file that PANOTTI_CONFIG_KEY_FILE names; \`panotti config new-key\` makes one.
The server needs the same key. The result does not depend on where in the configuration it stands.

Examples:
  panotti config encrypt                         asks twice, and prints !encrypted v1.…
  panotti config encrypt < password.txt
  pass show mail | panotti config encrypt

Exit codes: 0 done, 64 wrong usage, 78 no usable key.`;

const ON_COMMAND_LINE =
  'panotti config encrypt takes nothing from the command line: every user of the machine can read it there, and shells keep it in their history.\n' +
  'If that was a secret, change it. Run `panotti config encrypt` and type it, or send it to the standard input.\n';

export function addEncrypt(config: Command, context: ProgramContext): void {
  config
    .command('encrypt')
    .description('Print a secret as an encrypted value for YAML.')
    // Taken in order to be refused without being printed, which the usage errors of the parser would do.
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) => context.finish(await encrypt(command.args, context)));
}

async function encrypt(args: readonly string[], context: ProgramContext): Promise<ExitCode> {
  const { terminal, environment } = context;
  if (args.length > 0) return refuse(context, ON_COMMAND_LINE);
  const { key, warnings } = requireKey(environment);
  const secret = await readSecret(context);
  if (secret === undefined) return ExitCode.usage;
  for (const warning of warnings) terminal.err(`${describeProblem(warning)}\n`);
  terminal.out(`!encrypted ${encryptText(secret, key)}\n`);
  return ExitCode.success;
}

/** `undefined` when there is none; why has been said then. */
async function readSecret(context: ProgramContext): Promise<string | undefined> {
  const given = await context.input?.read('Secret (not shown): ');
  const secret = given?.replace(/\r?\n$/, '');
  if (secret === undefined) return nothing(context, 'No secret was read: it must be UTF-8 text of at most 64 KiB.');
  if (secret === '') return nothing(context, 'The secret is empty.');
  if (!context.input?.isInteractive) return secret;
  const again = await context.input.read('The same again: ');
  return again === secret ? secret : nothing(context, 'The two are not the same.');
}

function nothing(context: ProgramContext, reason: string): undefined {
  refuse(context, `${reason}\n`);
}

function refuse({ terminal }: ProgramContext, reason: string): ExitCode {
  terminal.err(reason);
  return ExitCode.usage;
}
