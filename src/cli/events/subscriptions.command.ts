/** The group `panotti subscriptions`. Each of its commands has a file of its own. */
import type { Command } from 'commander';
import type { ProgramContext } from '../program-context.js';
import { addSubscriptionsDrop } from './subscriptions-drop.command.js';
import { addSubscriptionsList } from './subscriptions-list.command.js';

const EXAMPLES = `
Examples:
  panotti subscriptions list                     who gets stored events, what waits, and whose handler is gone
  panotti subscriptions drop shop.bill           what would be lost
  panotti subscriptions drop shop.bill --yes

They work on the store, so stop the server first.

Exit codes: 0 done, 64 wrong usage or no subscription of that name, 74 the store failed or there is none,
75 a server has the store open, 78 wrong configuration.`;

export function subscriptionsCommand(program: Command, context: ProgramContext): void {
  const subscriptions = program
    .command('subscriptions')
    .description('Look at durable subscriptions, and drop those that are not needed.')
    .addHelpText('after', EXAMPLES);
  addSubscriptionsList(subscriptions, context);
  addSubscriptionsDrop(subscriptions, context);
}
