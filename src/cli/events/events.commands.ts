/** The group `panotti events`. */
import { LIST_EVENTS, LIST_PARKED, REPLAY, SHOW_EVENT, SKIP_PARKED } from '../../management/operations/index.js';
import type { CommandGroup } from '../command/command.js';
import { operationCommand } from '../command/operation-command.js';

/** Two operations in turn: the newest events are listed, then new ones followed. */
const TAIL = {
  text: 'Show the newest events, then each as it is stored.',
  request: {
    name: LIST_EVENTS.request.name,
    limit: { ...LIST_EVENTS.request.limit, text: 'how many of the stored ones', byDefault: 10 },
  },
};

export const EVENT_COMMANDS: CommandGroup = {
  name: 'events',
  text: 'Show stored events, and deliver them again.',
  help: `
Examples:
  panotti events list --since 2h                 recent events, and the subscriptions they wait for
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events tail --name 'recording.*'       each as it is stored
  panotti events replay --name 'recording.*' --from 2d --to noise-reduction.clean --dry-run
  panotti events parked                          events that wait for a newer version of a plugin

They go through the server if it runs, else to its store. Only events with a durable subscription are stored.

Exit codes: 0 done, 64 wrong usage or unknown id or name, 74 the store or the connection failed,
75 the store is in use by a server that cannot be reached, 78 wrong configuration.`,
  commands: [
    operationCommand({
      name: 'list',
      operation: LIST_EVENTS,
      help: `
Examples:
  panotti events list                            the newest 50, and the subscriptions they wait for
  panotti events list --since 2h --name 'recording.*'
  panotti events list --limit 1000 --json | jq -r '.events[].id'

A delivery is handled, waiting, parked, retrying or dead.`,
      given: {
        name: '--name <pattern>',
        fromTime: '--since <moment>',
        beforeTime: '--until <moment>',
        limit: '--limit <count>',
        through: '--page <page>',
      },
      options: [['--json', 'print JSON: { events, next, damaged }']],
      load: async () => (await import('./stored-events.js')).eventsList,
    }),
    operationCommand({
      name: 'parked',
      operation: LIST_PARKED,
      help: `
Examples:
  panotti events parked
  panotti events parked --plugin noise-reduction --json | jq -r '.events[].eventId'

An event is parked if the class of its handler does not know the version of the event. It is delivered once a version of the plugin
runs that does. Until then it holds up the events of its key.`,
      given: {
        subscription: '--subscription <name>',
        plugin: '--plugin <name>',
        limit: '--limit <count>',
        after: '--page <page>',
      },
      options: [['--json', 'print JSON: { events, next }']],
      load: async () => (await import('./parked-events.js')).eventsParked,
    }),
    operationCommand({
      name: 'tail',
      operation: TAIL,
      help: `
Examples:
  panotti events tail
  panotti events tail --name 'recording.*' --json | jq -r .id

Ctrl-C ends it with 0. If no server runs, it shows the stored events and ends.`,
      given: { name: '--name <pattern>', limit: '--lines <count>' },
      options: [['--json', 'print a line of JSON for each']],
      load: async () => (await import('./events-tail.js')).eventsTail,
    }),
    operationCommand({
      name: 'replay',
      operation: REPLAY,
      help: `
Examples:
  panotti events replay --id 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events replay --from 2026-03-01T08:00 --until 2026-03-01T09:00 --dry-run
  panotti events replay --name 'recording.*' --from 2d --to noise-reduction.clean

It does not ask for confirmation: try --dry-run first. Handlers get events again that they have handled already.`,
      given: {
        eventId: '--id <id>',
        events: '--name <pattern>',
        fromTime: '--from <moment>',
        beforeTime: '--until <moment>',
        subscription: '--to <subscription>',
      },
      options: [
        ['--all', 'everything that is stored'],
        ['--dry-run', 'only show what would be done'],
        ['--json', 'print JSON: { events, deliveries, total, isDone, isLive }'],
      ],
      load: async () => (await import('./events-replay.js')).eventsReplay,
    }),
    operationCommand({
      name: 'skip',
      operation: SKIP_PARKED,
      help: `
Examples:
  panotti events skip noise-reduction.clean 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events skip noise-reduction.clean --all --yes

The subscription will not get the events, and the events that wait behind their keys go on. As long as an event is stored,
panotti events replay delivers it again.`,
      given: { subscription: '<subscription>', eventId: '[id]' },
      options: [
        ['--all', 'all that are parked for the subscription; needs --yes'],
        ['--yes', 'do it'],
        ['--json', 'print JSON: { skipped }'],
      ],
      load: async () => (await import('./parked-events.js')).eventsSkip,
    }),
    operationCommand({
      name: 'show',
      operation: SHOW_EVENT,
      help: `
Examples:
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc --json | jq .payload

The payload is shown as it is stored, and may contain personal data.`,
      given: { id: '<id>' },
      options: [['--json', 'print JSON']],
      load: async () => (await import('./stored-events.js')).eventsShow,
    }),
  ],
};
