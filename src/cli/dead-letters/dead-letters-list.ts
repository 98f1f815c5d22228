/** `panotti dead-letters list`. */
import type { DeadLetterList, ListedDeadLetter } from '../../events/index.js';
import type { ProgramContext } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { choiceOf, type FilterOptions } from './dead-letter-filters.js';
import { withOperations } from '../access/open-operations.js';
import { cell, errorText, jsonText, timeText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

const HEADINGS = ['GIVEN UP', 'EVENT ID', 'EVENT', 'SUBSCRIPTION', 'ATTEMPTS', 'ERROR'];

export async function deadLettersList(
  call: CommandCall<FilterOptions & { limit: number; page?: string }>,
): Promise<void> {
  const { options, context } = call;
  const { limit, page } = options;
  const choice = choiceOf(call);
  await withOperations(options, context, async (operations) => {
    const found = await operations.listDeadLetters({
      ...choice,
      limit,
      ...(page !== undefined && { after: page }),
    });
    if (options.json) context.terminal.out(`${jsonText(plainList(found), 2)}\n`);
    else show(found, context);
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
