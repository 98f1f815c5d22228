/** The group `panotti events`. Each of its commands has a file of its own. */
import type { Command } from 'commander';
import type { ProgramContext } from '../program-context.js';
import { addEventsList } from './events-list.command.js';
import { addEventsReplay } from './events-replay.command.js';
import { addEventsParked } from './events-parked.command.js';
import { addEventsSkip } from './events-skip.command.js';
import { addEventsShow } from './events-show.command.js';
import { addEventsTail } from './events-tail.command.js';

const EXAMPLES = `
Examples:
  panotti events list --since 2h                 what was stored lately, and for whom it still waits
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events tail --name 'recording.*'       each as it is stored
  panotti events replay --name 'recording.*' --from 2d --to noise-reduction.clean --dry-run
  panotti events parked                          what waits for a newer version of a plugin

Where the server runs they go through it, and otherwise to its store. Only events with a durable subscription are stored.

Exit codes: 0 done, 64 wrong usage or nothing of that id or name, 74 the store or the connection failed,
75 the store is in use by a server that cannot be reached, 78 wrong configuration.`;

export function eventsCommand(program: Command, context: ProgramContext): void {
  const events = program
    .command('events')
    .description('Look at stored events, and have them delivered again.')
    .addHelpText('after', EXAMPLES);
  addEventsList(events, context);
  addEventsShow(events, context);
  addEventsTail(events, context);
  addEventsReplay(events, context);
  addEventsParked(events, context);
  addEventsSkip(events, context);
}
