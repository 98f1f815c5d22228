/** Derives a command from the row of an operation: its text, and one option or argument for each field of the request that the shell offers. */
import { InvalidArgumentError, Option } from 'commander';
import { LARGEST_COUNT, type Field, type RequestOf, type RequestShape } from '../../management/operations/index.js';
import type { CommandCall, CommandRow, FieldSource } from './command.js';
import type { CommonOptions } from './surroundings.js';

/** What may be written for a moment, for messages and help. */
export const MOMENT_WORDS =
  'a time such as 2026-03-01T08:30 or 2026-03-01T08:30:00Z, or how long ago it is, such as 30m or 2h';

export type OperationCall<S extends RequestShape, O = CommonOptions> = CommandCall<
  O,
  readonly (string | undefined)[],
  RequestOf<S>
>;

interface OperationRunner<S extends RequestShape> {
  run(call: OperationCall<S>): Promise<void>;
}

interface OperationCommand<S extends RequestShape> extends Pick<CommandRow, 'name' | 'help' | 'options'> {
  readonly operation: { readonly text: string; readonly request: S };
  /** The flags of each field that the command offers: `--since <moment>`, or `<id>` for an argument. */
  readonly given?: Readonly<Partial<Record<keyof S, string>>>;
  readonly load: () => Promise<OperationRunner<S>['run']>;
}

/** Options of fields stand before those of the row. */
export function operationCommand<S extends RequestShape>(row: OperationCommand<S>): CommandRow {
  const { name, help, operation, load } = row;
  const given = Object.entries<string | undefined>(row.given ?? {}).flatMap(([field, flags]) => {
    const described = operation.request[field];
    return described && flags !== undefined ? [{ field, flags, described }] : [];
  });
  const args = given.filter(({ flags }) => !flags.startsWith('-'));
  const options = given.filter(({ flags }) => flags.startsWith('-'));
  const sourceOf = (one: (typeof given)[number], from: number | string): FieldSource => ({
    name: one.field,
    kind: one.described.kind,
    flags: one.flags,
    from,
  });
  return {
    name,
    text: operation.text,
    help,
    arguments: args.map(({ flags, described }) => [flags, described.text]),
    options: [...options.map(({ flags, described }) => optionOf(flags, described)), ...(row.options ?? [])],
    fields: [
      ...args.map((one, index) => sourceOf(one, index)),
      ...options.map((one) => sourceOf(one, new Option(one.flags).attributeName())),
    ],
    // Its call has a request of this operation: it is read from these fields.
    load: load as CommandRow['load'],
  };
}

/** An option that holds a whole number from 1 to 1,000. */
function countOption(flags: string, text: string, byDefault: number): Option {
  return new Option(flags, `${text}, at most ${LARGEST_COUNT}`).default(byDefault).argParser((given) => {
    const count = /^\d{1,4}$/.test(given) ? Number(given) : 0;
    if (count < 1 || count > LARGEST_COUNT)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${LARGEST_COUNT}.`);
    return count;
  });
}

/** Moments and patterns are read after parsing: the parser would have to load the rooms that know them. */
function optionOf(flags: string, { kind, text, byDefault }: Field): Option {
  switch (kind) {
    case 'moment':
      return new Option(flags, `${text}: ${MOMENT_WORDS}`);
    case 'count':
      return countOption(flags, text, byDefault ?? LARGEST_COUNT);
    case 'position':
      return new Option(flags, text).argParser((given) => {
        if (!/^\d{1,15}$/.test(given)) throw new InvalidArgumentError('It must be what the previous page has named.');
        return Number(given);
      });
    case 'text':
    case 'pattern':
      return new Option(flags, text);
  }
}
