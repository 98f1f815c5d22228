/** `panotti dead-letters list`. */
import type { Command } from 'commander';
import type { DeadLetterList, ListedDeadLetter } from '../../events/index.js';
import type { ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { countOption } from './arguments.js';
import { choiceOf, type FilterOptions } from './dead-letter-filters.js';
import { withOperations } from './open-operations.js';
import { cell, errorText, jsonText, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti dead-letters list --plugin noise-reduction
  panotti dead-letters list --json | jq -r '.letters[].eventId'`;

const HEADINGS = ['GIVEN UP', 'EVENT ID', 'EVENT', 'SUBSCRIPTION', 'ATTEMPTS', 'ERROR'];

export function addDeadLettersList(list: Command, context: ProgramContext): void {
  list
    .description('List dead letters, by subscription and in the order of publication.')
    .addOption(countOption('--limit <count>', 'how many', 50))
    .option('--page <page>', 'the page that the previous answer names')
    .option('--json', 'print JSON: { letters, next }')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<FilterOptions & { limit: number; page?: string }>();
      const { limit, page } = options;
      await withOperations(options, context, async (operations) => {
        const found = await operations.listDeadLetters({
          ...choiceOf(options),
          limit,
          ...(page !== undefined && { after: page }),
        });
        if (options.json) context.terminal.out(`${jsonText(plainList(found), 2)}\n`);
        else show(found, context);
      });
    });
}

function show({ letters, next }: DeadLetterList, { terminal }: ProgramContext): void {
  terminal.out(
    letters.length === 0 ? 'There are no dead letters.\n' : `${textTable([HEADINGS, ...letters.map(rowOf)])}\n`,
  );
  if (next !== undefined) terminal.err(`\nMore: add --page ${cell(next)}\n`);
}

function rowOf({ diedAt, eventId, event, subscription, attempts, errors }: ListedDeadLetter): string[] {
  return [timeText(diedAt), cell(eventId), cell(event), cell(subscription), String(attempts), errorText(errors)];
}

function plainList({ letters, next }: DeadLetterList): object {
  return { letters: letters.map(plain), next: next ?? null };
}

function plain({ time, diedAt, ...letter }: ListedDeadLetter): object {
  return { ...letter, time: timeText(time), diedAt: timeText(diedAt) };
}
