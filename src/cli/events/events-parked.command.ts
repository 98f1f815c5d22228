/** `panotti events parked`. */
import type { Command } from 'commander';
import type { ParkedEvent, ParkedList } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { countOption } from './arguments.js';
import { withOperations } from './open-operations.js';
import { cell, jsonText, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti events parked
  panotti events parked --plugin noise-reduction --json | jq -r '.events[].eventId'

An event is parked while the class of its handler does not know the version of the event. It is delivered once a version of the
plugin runs that does, and holds up the events of its key until then.`;

const HEADINGS = ['PARKED', 'EVENT ID', 'EVENT', 'VERSION', 'SUBSCRIPTION', 'KEY'];

interface ParkedOptions extends CommonOptions {
  readonly subscription?: string;
  readonly plugin?: string;
  readonly limit: number;
  readonly page?: string;
  readonly json?: true;
}

export function addEventsParked(events: Command, context: ProgramContext): void {
  events
    .command('parked')
    .description('List events that wait because the plugin that handles them is too old for their version.')
    .option('--subscription <name>', 'those of one subscription')
    .option('--plugin <name>', 'those of the subscriptions of one plugin')
    .addOption(countOption('--limit <count>', 'how many', 50))
    .option('--page <page>', 'the page that the previous answer names')
    .option('--json', 'print JSON: { events, next }')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ParkedOptions>();
      const { subscription, plugin, limit, page } = options;
      await withOperations(options, context, async (operations) => {
        const found = await operations.listParked({
          limit,
          ...(subscription !== undefined && { subscription }),
          ...(plugin !== undefined && { plugin }),
          ...(page !== undefined && { after: page }),
        });
        if (options.json)
          context.terminal.out(`${jsonText({ events: found.events.map(plain), next: found.next ?? null }, 2)}\n`);
        else show(found, context);
      });
    });
}

function show({ events, next }: ParkedList, { terminal }: ProgramContext): void {
  terminal.out(events.length === 0 ? 'No event is parked.\n' : `${textTable([HEADINGS, ...events.map(rowOf)])}\n`);
  if (next !== undefined) terminal.err(`\nMore: add --page ${cell(next)}\n`);
}

function rowOf({ parkedAt, eventId, event, version, subscription, key }: ParkedEvent): string[] {
  return [
    timeText(parkedAt),
    cell(eventId),
    cell(event),
    String(version),
    cell(subscription),
    key === undefined ? '' : cell(key),
  ];
}

function plain({ time, parkedAt, ...event }: ParkedEvent): object {
  return { ...event, time: timeText(time), parkedAt: timeText(parkedAt) };
}
