/** `panotti events list`. */
import type { Command } from 'commander';
import type { EventPage, EventQuery, ListedEvent } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { countOption, momentOption, nameOption, positionOption } from './arguments.js';
import { withOperations } from './open-operations.js';
import { cell, counted, jsonText, plainStanding, standingText, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti events list                            the newest 50, and for whom each still waits
  panotti events list --since 2h --name 'recording.*'
  panotti events list --limit 1000 --json | jq -r '.events[].id'

A delivery is handled, waiting, parked, retrying or dead.`;

const HEADINGS = ['TIME', 'ID', 'NAME', 'SOURCE', 'BYTES', 'PENDING'];

interface ListOptions extends CommonOptions {
  readonly name?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit: number;
  readonly page?: number;
  readonly json?: true;
}

export function addEventsList(events: Command, context: ProgramContext): void {
  events
    .command('list')
    .description('List stored events, the newest first.')
    .addOption(nameOption('--name <pattern>'))
    .addOption(momentOption('--since <moment>', 'events of this moment or later', context))
    .addOption(momentOption('--until <moment>', 'events before this moment', context))
    .addOption(countOption('--limit <count>', 'how many', 50))
    .addOption(positionOption('--page <page>'))
    .option('--json', 'print JSON: { events, next, damaged }')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>();
      await withOperations(options, context, async (operations) => {
        const page = await operations.listEvents(queryOf(options));
        if (options.json) context.terminal.out(`${jsonText(plainPage(page), 2)}\n`);
        else show(page, context);
      });
    });
}

function queryOf({ name, since, until, limit, page }: ListOptions): EventQuery {
  return {
    limit,
    ...(name !== undefined && { name }),
    ...(since !== undefined && { fromTime: since }),
    ...(until !== undefined && { beforeTime: until }),
    ...(page !== undefined && { through: page }),
  };
}

function show({ events, next, damaged }: EventPage, { terminal }: ProgramContext): void {
  terminal.out(events.length === 0 ? 'No stored event matches.\n' : `${textTable([HEADINGS, ...events.map(rowOf)])}\n`);
  if (next !== undefined) terminal.err(`\nOlder ones: add --page ${next}\n`);
  if (damaged > 0)
    terminal.err(
      `\n${counted(damaged, 'event is', 'events are')} damaged and not shown; the log of the server says which.\n`,
    );
}

function rowOf({ time, id, name, source, bytes, deliveries }: ListedEvent): string[] {
  const pending = deliveries.filter(({ state }) => state !== 'handled').map(standingText);
  return [timeText(time), cell(id), cell(name), cell(source), String(bytes), pending.join('; ')];
}

function plainPage({ events, next, damaged }: EventPage): object {
  return { events: events.map(plainEvent), next: next ?? null, damaged };
}

function plainEvent({ time, deliveries, ...event }: ListedEvent): object {
  return { ...event, time: timeText(time), deliveries: deliveries.map(plainStanding) };
}
