/** The group `panotti subscriptions`. */
import { DROP_SUBSCRIPTION, LIST_SUBSCRIPTIONS } from '../../management/operations/index.js';
import type { CommandGroup } from '../command/command.js';
import { operationCommand } from '../command/operation-command.js';

export const SUBSCRIPTION_COMMANDS: CommandGroup = {
  name: 'subscriptions',
  text: 'Show durable subscriptions, and drop those that are not needed.',
  help: `
Examples:
  panotti subscriptions list                     subscriptions, the events that wait, and missing handlers
  panotti subscriptions drop shop.bill           what would be lost
  panotti subscriptions drop shop.bill --yes

They open the store themselves, so stop the server first.

Exit codes: 0 done, 64 wrong usage or unknown subscription, 74 the store failed or does not exist,
75 a server has the store open, 78 wrong configuration.`,
  commands: [
    operationCommand({
      name: 'list',
      operation: LIST_SUBSCRIPTIONS,
      help: `
Examples:
  panotti subscriptions list
  panotti subscriptions list --json | jq -r '.subscriptions[] | select(.missingSince) | .name'

BACKLOG counts all waiting events, SET ASIDE those of them that failed, are delayed or wait behind their key.
A subscription whose handler is MISSING keeps getting events until the time in KEPT UNTIL.`,
      options: [['--json', 'print JSON: { subscriptions }']],
      load: async () => (await import('./list-subscriptions.js')).subscriptionsList,
    }),
    operationCommand({
      name: 'drop',
      operation: DROP_SUBSCRIPTION,
      help: `
Examples:
  panotti subscriptions drop shop.bill
  panotti subscriptions drop shop.bill --yes

Without --yes it shows what would be lost. A plugin that still declares the subscription gets a new one at its next start.`,
      given: { name: '<name>' },
      options: [
        ['--yes', 'do it: a dropped subscription cannot be restored'],
        ['--json', 'print JSON: { dropped }'],
      ],
      load: async () => (await import('./drop-subscription.js')).subscriptionsDrop,
    }),
  ],
};
