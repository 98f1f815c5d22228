/** The group `panotti events`. */
import type { CommandGroup } from '../command/command-row.js';
import { countOption, momentOption, nameOption, positionOption } from '../command/arguments.js';

export const EVENT_COMMANDS: CommandGroup = {
  name: 'events',
  text: 'Look at stored events, and have them delivered again.',
  help: `
Examples:
  panotti events list --since 2h                 what was stored lately, and for whom it still waits
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events tail --name 'recording.*'       each as it is stored
  panotti events replay --name 'recording.*' --from 2d --to noise-reduction.clean --dry-run
  panotti events parked                          what waits for a newer version of a plugin

Where the server runs they go through it, and otherwise to its store. Only events with a durable subscription are stored.

Exit codes: 0 done, 64 wrong usage or nothing of that id or name, 74 the store or the connection failed,
75 the store is in use by a server that cannot be reached, 78 wrong configuration.`,
  commands: [
    {
      name: 'list',
      text: 'List stored events, the newest first.',
      help: `
Examples:
  panotti events list                            the newest 50, and for whom each still waits
  panotti events list --since 2h --name 'recording.*'
  panotti events list --limit 1000 --json | jq -r '.events[].id'

A delivery is handled, waiting, parked, retrying or dead.`,
      options: [
        nameOption('--name <pattern>'),
        momentOption('--since <moment>', 'events of this moment or later'),
        momentOption('--until <moment>', 'events before this moment'),
        countOption('--limit <count>', 'how many', 50),
        positionOption('--page <page>'),
        ['--json', 'print JSON: { events, next, damaged }'],
      ],
      load: async () => (await import('./events-list.js')).eventsList,
    },
    {
      name: 'parked',
      text: 'List events that wait because the plugin that handles them is too old for their version.',
      help: `
Examples:
  panotti events parked
  panotti events parked --plugin noise-reduction --json | jq -r '.events[].eventId'

An event is parked while the class of its handler does not know the version of the event. It is delivered once a version of the
plugin runs that does, and holds up the events of its key until then.`,
      options: [
        ['--subscription <name>', 'those of one subscription'],
        ['--plugin <name>', 'those of the subscriptions of one plugin'],
        countOption('--limit <count>', 'how many', 50),
        ['--page <page>', 'the page that the previous answer names'],
        ['--json', 'print JSON: { events, next }'],
      ],
      load: async () => (await import('./events-parked.js')).eventsParked,
    },
    {
      name: 'tail',
      text: 'Show the newest events, then each as it is stored.',
      help: `
Examples:
  panotti events tail
  panotti events tail --name 'recording.*' --json | jq -r .id

Ctrl-C ends it with 0. Where no server runs it shows what is there, and ends.`,
      options: [
        nameOption('--name <pattern>'),
        countOption('--lines <count>', 'how many of those that are there', 10),
        ['--json', 'print a line of JSON for each'],
      ],
      load: async () => (await import('./events-tail.js')).eventsTail,
    },
    {
      name: 'replay',
      text: 'Have stored events delivered again.',
      help: `
Examples:
  panotti events replay --id 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events replay --from 2026-03-01T08:00 --until 2026-03-01T09:00 --dry-run
  panotti events replay --name 'recording.*' --from 2d --to noise-reduction.clean

It asks nothing: see with --dry-run what would come of it. A handler gets an event again that it has handled already.`,
      options: [
        ['--id <id>', 'one event'],
        nameOption('--name <pattern>'),
        momentOption('--from <moment>', 'events of this moment or later'),
        momentOption('--until <moment>', 'events before this moment'),
        ['--all', 'everything that is stored'],
        ['--to <subscription>', 'to one subscription (default: to all that the event is for)'],
        ['--dry-run', 'only tell what would be done'],
        ['--json', 'print JSON: { events, deliveries, total, isDone, isLive }'],
      ],
      load: async () => (await import('./events-replay.js')).eventsReplay,
    },
    {
      name: 'skip',
      text: 'Give up parked events of one subscription.',
      help: `
Examples:
  panotti events skip noise-reduction.clean 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events skip noise-reduction.clean --all --yes

The subscription does not get the events any more, and what waits behind their keys goes on. As long as an event is stored,
panotti events replay delivers it again.`,
      arguments: [
        ['<subscription>', 'its name, as panotti events parked shows it'],
        ['[id]', 'the id of the event'],
      ],
      options: [
        ['--all', 'all that are parked for the subscription; needs --yes'],
        ['--yes', 'do it'],
        ['--json', 'print JSON: { skipped }'],
      ],
      load: async () => (await import('./events-skip.js')).eventsSkip,
    },
    {
      name: 'show',
      text: 'Show one event: where it comes from, its payload, and how each subscription stands with it.',
      help: `
Examples:
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc --json | jq .payload

The payload is shown as it is stored, and may have personal data in it.`,
      arguments: [['<id>', 'the id of the event']],
      options: [['--json', 'print JSON']],
      load: async () => (await import('./events-show.js')).eventsShow,
    },
  ],
};
