/** The group `panotti subscriptions`. */
import type { CommandGroup } from '../command/command-row.js';

export const SUBSCRIPTION_COMMANDS: CommandGroup = {
  name: 'subscriptions',
  text: 'Look at durable subscriptions, and drop those that are not needed.',
  help: `
Examples:
  panotti subscriptions list                     who gets stored events, what waits, and whose handler is gone
  panotti subscriptions drop shop.bill           what would be lost
  panotti subscriptions drop shop.bill --yes

They work on the store, so stop the server first.

Exit codes: 0 done, 64 wrong usage or no subscription of that name, 74 the store failed or there is none,
75 a server has the store open, 78 wrong configuration.`,
  commands: [
    {
      name: 'list',
      text: 'List durable subscriptions by name, with what waits for each.',
      help: `
Examples:
  panotti subscriptions list
  panotti subscriptions list --json | jq -r '.subscriptions[] | select(.missingSince) | .name'

BACKLOG counts all events that wait, SET ASIDE those of them that failed, are delayed or wait behind their key.
A subscription whose handler is MISSING gets what is published until the time in KEPT UNTIL.`,
      options: [['--json', 'print JSON: { subscriptions }']],
      load: async () => (await import('./subscriptions-list.js')).subscriptionsList,
    },
    {
      name: 'drop',
      text: 'Remove a durable subscription for good, with the events that wait for it.',
      help: `
Examples:
  panotti subscriptions drop shop.bill
  panotti subscriptions drop shop.bill --yes

Without --yes it says what would be lost. A plugin that still has the subscription gets a new one at its next start.`,
      arguments: [['<name>', 'the exact name, as `panotti subscriptions list` shows it']],
      options: [
        ['--yes', 'do it: what is dropped cannot be had back'],
        ['--json', 'print JSON: { dropped }'],
      ],
      load: async () => (await import('./subscriptions-drop.js')).subscriptionsDrop,
    },
  ],
};
