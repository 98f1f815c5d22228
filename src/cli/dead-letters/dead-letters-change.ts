/** `panotti dead-letters retry` and `panotti dead-letters drop`. */
import type { DeadLetterChoice, EventOperations } from '../../events/index.js';
import { ExitCode } from '../command/exit-code.js';
import type { ProgramContext } from '../command/program-context.js';
import { choiceOf, type FilterOptions } from './dead-letter-filters.js';
import { withOperations } from '../access/open-operations.js';
import { counted, jsonText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

interface ChangeOptions extends FilterOptions {
  readonly all?: true;
  readonly yes?: true;
}

type ChangeCall = CommandCall<ChangeOptions, readonly [id: string | undefined]>;

export async function deadLettersRetry(call: ChangeCall): Promise<void> {
  const { options, context } = call;
  const choice = chosen(call);
  await withOperations(options, context, (operations) => retryChosen(operations, choice, options, context));
}

export async function deadLettersDrop(call: ChangeCall): Promise<void> {
  const { options, context } = call;
  const choice = chosen(call);
  await withOperations(options, context, (operations) => dropChosen(operations, choice, options, context));
}

function chosen(call: ChangeCall): DeadLetterChoice {
  const {
    args: [eventId],
    options,
    usage,
  } = call;
  if (eventId === undefined && !options.all) usage('error: name an event by its id, or say --all.');
  if (eventId !== undefined && options.all) usage('error: an id and --all exclude each other.');
  return { ...choiceOf(call), ...(eventId !== undefined && { eventId }) };
}

async function retryChosen(
  operations: EventOperations,
  choice: DeadLetterChoice,
  { json }: ChangeOptions,
  { terminal, finish }: ProgramContext,
): Promise<void> {
  const { count, stranded } = await operations.retryDeadLetters(choice);
  const { isLive } = operations;
  if (json) terminal.out(`${jsonText({ retried: count, stranded, isLive }, 2)}\n`);
  else
    terminal.out(
      `${counted(count, 'dead letter')} ${isLive ? 'to be delivered again now' : 'to be delivered again when the server runs'}.\n`,
    );
  if (stranded === 0) return;
  terminal.err(
    `${counted(stranded, 'dead letter')} left: nobody would get them, because the subscription has been dropped or takes another event now.\n`,
  );
  if (count === 0) finish(ExitCode.usage);
}

async function dropChosen(
  operations: EventOperations,
  choice: DeadLetterChoice,
  { json, all, yes }: ChangeOptions,
  { terminal, finish }: ProgramContext,
): Promise<void> {
  if (all && !yes) {
    const found = counted(await operations.countDeadLetters(choice), 'dead letter');
    terminal.err(`error: this would drop ${found} for good, and nothing has been done. Add --yes to do it.\n`);
    return finish(ExitCode.usage);
  }
  const { count } = await operations.dropDeadLetters(choice);
  terminal.out(json ? `${jsonText({ dropped: count }, 2)}\n` : `${counted(count, 'dead letter')} dropped.\n`);
}
