/** `panotti dead-letters retry` and `panotti dead-letters drop`. */
import type { Command } from 'commander';
import type { DeadLetterChoice, EventOperations } from '../../events/index.js';
import { ExitCode } from '../exit-code.js';
import type { ProgramContext } from '../program-context.js';
import { choiceOf, type FilterOptions } from './dead-letter-filters.js';
import { withOperations } from './open-operations.js';
import { counted, jsonText } from './stored-text.js';

const RETRY_EXAMPLES = `
Examples:
  panotti dead-letters retry 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry --all --subscription noise-reduction.clean`;

const DROP_EXAMPLES = `
Examples:
  panotti dead-letters drop 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters drop --all --plugin noise-reduction --yes`;

interface ChangeOptions extends FilterOptions {
  readonly all?: true;
  readonly yes?: true;
}

export function addDeadLettersRetry(retry: Command, context: ProgramContext): void {
  retry
    .description('Have dead letters delivered again, with all their attempts.')
    .argument('[id]', 'the id of the event')
    .option('--all', 'all that the filters leave')
    .option('--json', 'print JSON: { retried, stranded, isLive }')
    .addHelpText('after', RETRY_EXAMPLES)
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions>();
      const choice = chosen(id, options, command);
      await withOperations(options, context, (operations) => retryChosen(operations, choice, options, context));
    });
}

export function addDeadLettersDrop(drop: Command, context: ProgramContext): void {
  drop
    .description('Remove dead letters for good.')
    .argument('[id]', 'the id of the event')
    .option('--all', 'all that the filters leave; needs --yes')
    .option('--yes', 'do it: what is dropped cannot be had back')
    .option('--json', 'print JSON: { dropped }')
    .addHelpText('after', DROP_EXAMPLES)
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ChangeOptions>();
      const choice = chosen(id, options, command);
      await withOperations(options, context, (operations) => dropChosen(operations, choice, options, context));
    });
}

function chosen(eventId: string | undefined, options: ChangeOptions, command: Command): DeadLetterChoice {
  if (eventId === undefined && !options.all) command.error('error: name an event by its id, or say --all.');
  if (eventId !== undefined && options.all) command.error('error: an id and --all exclude each other.');
  return { ...choiceOf(options), ...(eventId !== undefined && { eventId }) };
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
