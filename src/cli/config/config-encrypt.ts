/** `panotti config encrypt`: reads a secret from the standard input and prints the encrypted value for YAML. */
import { describeProblem, encryptText, requireKey } from '../../config/index.js';
import type { CommonOptions, ProgramContext } from '../command/surroundings.js';
import { ExitCode } from '../command/exit-code.js';
import type { CommandCall } from '../command/command.js';

const ON_COMMAND_LINE =
  'panotti config encrypt takes nothing from the command line: every user of the machine can read it there, and shells keep it in their history.\n' +
  'If that was a secret, change it. Run `panotti config encrypt` and type it, or send it to the standard input.\n';

export async function configEncrypt({ args, context }: CommandCall<CommonOptions, readonly string[]>): Promise<void> {
  context.finish(await encrypt(args, context));
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

/** `undefined` if there is no usable secret; the reason has been printed then. */
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
