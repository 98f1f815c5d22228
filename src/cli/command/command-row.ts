/**
 * Commands as data: what each takes and says of itself. What carries it out is loaded only once it is called, so that help and usage errors
 * cost no more than the parser.
 */
import { type Command, Option } from 'commander';
import type { CommonOptions, ProgramContext } from './program-context.js';

/** Ends the command with wrong usage; the message begins with `error:`. */
export type Usage = (message: string) => never;

/** One call of a command. */
export interface CommandCall<O = CommonOptions, A extends readonly (string | undefined)[] = readonly []> {
  readonly args: A;
  readonly options: O;
  readonly context: ProgramContext;
  readonly usage: Usage;
}

interface Runner {
  run(call: CommandCall<CommonOptions, readonly (string | undefined)[]>): Promise<void>;
}

/** A method and not a function, because the types of options and arguments follow from the flags of the row, which no type can say. */
type RunCommand = Runner['run'];

interface CommandRow {
  readonly name: string;
  readonly text: string;
  /** What `--help` adds: examples, and what one has to know. */
  readonly help: string;
  readonly arguments?: readonly (readonly [name: string, text: string])[];
  readonly options?: readonly (Option | readonly [flags: string, text: string])[];
  /** It refuses by itself what it does not take, so that the parser does not print it. */
  readonly takesAnything?: true;
  readonly load: () => Promise<RunCommand>;
}

export interface CommandGroup {
  readonly name: string;
  readonly text: string;
  readonly help: string;
  readonly commands: readonly CommandRow[];
}

/** A command line that has been understood. */
export interface ParsedCommand {
  readonly row: CommandRow;
  readonly command: Command;
}

/** Adds the group to the program. @param called what happens with a command that is called */
export function addGroup(
  program: Command,
  { name, text, help, commands }: CommandGroup,
  called: (parsed: ParsedCommand) => void,
): void {
  const group = program.command(name).description(text).addHelpText('after', help);
  for (const row of commands) addRow(group, row, called);
}

function addRow(group: Command, row: CommandRow, called: (parsed: ParsedCommand) => void): void {
  const command = group.command(row.name).description(row.text).addHelpText('after', row.help);
  for (const [name, text] of row.arguments ?? []) command.argument(name, text);
  for (const option of row.options ?? []) {
    if (option instanceof Option) command.addOption(option);
    else command.option(option[0], option[1]);
  }
  if (row.takesAnything) command.allowUnknownOption().allowExcessArguments();
  command.action(() => called({ row, command }));
}
