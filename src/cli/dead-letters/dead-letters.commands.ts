/** The group `panotti dead-letters`; its commands share filters. */
import type { CommandGroup } from '../command/command-row.js';
import { countOption, nameOption } from '../command/arguments.js';
const FILTERS = [
  ['--subscription <name>', 'those of one subscription'],
  ['--plugin <name>', 'those of the subscriptions of one plugin'],
  nameOption('--event <pattern>'),
] as const;

export const DEAD_LETTER_COMMANDS: CommandGroup = {
  name: 'dead-letters',
  text: 'Look at deliveries that were given up, try them again, or drop them.',
  help: `
Examples:
  panotti dead-letters list                      what was given up, and why
  panotti dead-letters show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry --all --plugin noise-reduction
  panotti dead-letters drop --all --event 'recording.*' --yes

Where the server runs they go through it, and otherwise to its store. An id is that of an event.

Exit codes: 0 done, 64 wrong usage or nothing of that id or name, 74 the store or the connection failed,
75 the store is in use by a server that cannot be reached, 78 wrong configuration.`,
  commands: [
    {
      name: 'list',
      text: 'List dead letters, by subscription and in the order of publication.',
      help: `
Examples:
  panotti dead-letters list --plugin noise-reduction
  panotti dead-letters list --json | jq -r '.letters[].eventId'`,
      options: [
        ...FILTERS,
        countOption('--limit <count>', 'how many', 50),
        ['--page <page>', 'the page that the previous answer names'],
        ['--json', 'print JSON: { letters, next }'],
      ],
      load: async () => (await import('./dead-letters-list.js')).deadLettersList,
    },
    {
      name: 'show',
      text: 'Show the dead letters of one event: the event, the errors and the attempts, for each subscription that gave it up.',
      help: `
Examples:
  panotti dead-letters show 019a1b2c-3d4e-7000-8000-123456789abc

The payload is shown as it is stored, and may have personal data in it.`,
      arguments: [['<id>', 'the id of the event']],
      options: [
        ['--subscription <name>', 'that of one subscription'],
        ['--json', 'print JSON: { letters }'],
      ],
      load: async () => (await import('./dead-letters-show.js')).deadLettersShow,
    },
    {
      name: 'retry',
      text: 'Have dead letters delivered again, with all their attempts.',
      help: `
Examples:
  panotti dead-letters retry 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry --all --subscription noise-reduction.clean`,
      arguments: [['[id]', 'the id of the event']],
      options: [
        ...FILTERS,
        ['--all', 'all that the filters leave'],
        ['--json', 'print JSON: { retried, stranded, isLive }'],
      ],
      load: async () => (await import('./dead-letters-change.js')).deadLettersRetry,
    },
    {
      name: 'drop',
      text: 'Remove dead letters for good.',
      help: `
Examples:
  panotti dead-letters drop 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters drop --all --plugin noise-reduction --yes`,
      arguments: [['[id]', 'the id of the event']],
      options: [
        ...FILTERS,
        ['--all', 'all that the filters leave; needs --yes'],
        ['--yes', 'do it: what is dropped cannot be had back'],
        ['--json', 'print JSON: { dropped }'],
      ],
      load: async () => (await import('./dead-letters-change.js')).deadLettersDrop,
    },
  ],
};
