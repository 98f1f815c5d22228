/** The group `panotti dead-letters`; its commands share filters. */
import type { Command } from 'commander';
import type { ProgramContext } from '../program-context.js';
import { nameOption } from './arguments.js';
import { addDeadLettersDrop, addDeadLettersRetry } from './dead-letters-change.command.js';
import { addDeadLettersList } from './dead-letters-list.command.js';
import { addDeadLettersShow } from './dead-letters-show.command.js';

const EXAMPLES = `
Examples:
  panotti dead-letters list                      what was given up, and why
  panotti dead-letters show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry --all --plugin noise-reduction
  panotti dead-letters drop --all --event 'recording.*' --yes

Where the server runs they go through it, and otherwise to its store. An id is that of an event.

Exit codes: 0 done, 64 wrong usage or nothing of that id or name, 74 the store or the connection failed,
75 the store is in use by a server that cannot be reached, 78 wrong configuration.`;

export function deadLettersCommand(program: Command, context: ProgramContext): void {
  const letters = program
    .command('dead-letters')
    .description('Look at deliveries that were given up, try them again, or drop them.')
    .addHelpText('after', EXAMPLES);
  addDeadLettersList(withFilters(letters.command('list')), context);
  addDeadLettersShow(letters.command('show'), context);
  addDeadLettersRetry(withFilters(letters.command('retry')), context);
  addDeadLettersDrop(withFilters(letters.command('drop')), context);
}

function withFilters(command: Command): Command {
  return command
    .option('--subscription <name>', 'those of one subscription')
    .option('--plugin <name>', 'those of the subscriptions of one plugin')
    .addOption(nameOption('--event <pattern>'));
}
