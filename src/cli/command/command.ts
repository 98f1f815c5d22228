/**
 * Commands as data: what each takes and says of itself. What carries it out is loaded only once it is called, so that help and usage errors
 * cost no more than the parser.
 */
import { type Command, Option } from 'commander';
import type { Field } from '../../management/operations/index.js';
import type { CommonOptions, ProgramContext } from './surroundings.js';

/** Ends the command with wrong usage; the message begins with `error:`. */
export type Usage = (message: string) => never;

/** One call of a command. */
export interface CommandCall<O = CommonOptions, A extends readonly (string | undefined)[] = readonly [], R = object> {
  readonly args: A;
  readonly options: O;
  /** What the command asks of its operation; empty for a command without one. */
  readonly request: R;
  readonly context: ProgramContext;
  readonly usage: Usage;
}

/** A call of any command, before its request has been read. */
export type GivenCommand = Omit<CommandCall<CommonOptions, readonly (string | undefined)[]>, 'request'>;

interface Runner {
  run(call: CommandCall<CommonOptions, readonly (string | undefined)[]>): Promise<void>;
}

/** A method and not a function, because the types of options and arguments follow from the flags of the row, which no type can say. */
type RunCommand = Runner['run'];

/** Where the value of one field of an operation's request comes from. */
export interface FieldSource {
  readonly name: string;
  readonly kind: Field['kind'];
  /** As in help: `--since <moment>`, `<id>`. */
  readonly flags: string;
  /** The place among the arguments, or the name among the options. */
  readonly from: number | string;
}

export interface CommandRow {
  readonly name: string;
  readonly text: string;
  /** What `--help` adds: examples, and what one has to know. */
  readonly help: string;
  readonly arguments?: readonly (readonly [name: string, text: string])[];
  readonly options?: readonly (Option | readonly [flags: string, text: string])[];
  /** Where the request of its operation comes from. */
  readonly fields?: readonly FieldSource[];
  /** It refuses unknown options and arguments by itself, so that the parser does not print them. */
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

/** Adds the group to the program. @param called gets a command that is called */
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
