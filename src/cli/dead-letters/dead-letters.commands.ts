/** The group `panotti dead-letters`; its commands share filters. */
import {
  DROP_DEAD_LETTERS,
  LIST_DEAD_LETTERS,
  RETRY_DEAD_LETTERS,
  SHOW_DEAD_LETTERS,
} from '../../management/operations/index.js';
import type { CommandGroup } from '../command/command.js';
import { operationCommand } from '../command/operation-command.js';

const FILTERS = {
  subscription: '--subscription <name>',
  plugin: '--plugin <name>',
  event: '--event <pattern>',
} as const;

export const DEAD_LETTER_COMMANDS: CommandGroup = {
  name: 'dead-letters',
  text: 'Show deliveries that were given up, retry them, or drop them.',
  help: `
Examples:
  panotti dead-letters list                      deliveries that were given up, and why
  panotti dead-letters show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry --all --plugin noise-reduction
  panotti dead-letters drop --all --event 'recording.*' --yes

They go through the server if it runs, else to its store. An id is the id of an event.

Exit codes: 0 done, 64 wrong usage or unknown id or name, 74 the store or the connection failed,
75 the store is in use by a server that cannot be reached, 78 wrong configuration.`,
  commands: [
    operationCommand({
      name: 'list',
      operation: LIST_DEAD_LETTERS,
      help: `
Examples:
  panotti dead-letters list --plugin noise-reduction
  panotti dead-letters list --json | jq -r '.letters[].eventId'`,
      given: { ...FILTERS, limit: '--limit <count>', after: '--page <page>' },
      options: [['--json', 'print JSON: { letters, next }']],
      load: async () => (await import('./show-dead-letters.js')).deadLettersList,
    }),
    operationCommand({
      name: 'show',
      operation: SHOW_DEAD_LETTERS,
      help: `
Examples:
  panotti dead-letters show 019a1b2c-3d4e-7000-8000-123456789abc

The payload is shown as it is stored, and may contain personal data.`,
      given: { eventId: '<id>', subscription: '--subscription <name>' },
      options: [['--json', 'print JSON: { letters }']],
      load: async () => (await import('./show-dead-letters.js')).deadLettersShow,
    }),
    operationCommand({
      name: 'retry',
      operation: RETRY_DEAD_LETTERS,
      help: `
Examples:
  panotti dead-letters retry 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters retry --all --subscription noise-reduction.clean`,
      given: { eventId: '[id]', ...FILTERS },
      options: [
        ['--all', 'all that match the filters'],
        ['--json', 'print JSON: { retried, stranded, isLive }'],
      ],
      load: async () => (await import('./change-dead-letters.js')).deadLettersRetry,
    }),
    operationCommand({
      name: 'drop',
      operation: DROP_DEAD_LETTERS,
      help: `
Examples:
  panotti dead-letters drop 019a1b2c-3d4e-7000-8000-123456789abc
  panotti dead-letters drop --all --plugin noise-reduction --yes`,
      given: { eventId: '[id]', ...FILTERS },
      options: [
        ['--all', 'all that match the filters; needs --yes'],
        ['--yes', 'do it: dropped dead letters cannot be restored'],
        ['--json', 'print JSON: { dropped }'],
      ],
      load: async () => (await import('./change-dead-letters.js')).deadLettersDrop,
    }),
  ],
};
