/** `panotti events parked`. */
import type { ParkedEvent, ParkedList } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { withOperations } from '../access/open-operations.js';
import { cell, jsonText, timeText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

const HEADINGS = ['PARKED', 'EVENT ID', 'EVENT', 'VERSION', 'SUBSCRIPTION', 'KEY'];

interface ParkedOptions extends CommonOptions {
  readonly subscription?: string;
  readonly plugin?: string;
  readonly limit: number;
  readonly page?: string;
  readonly json?: true;
}

export async function eventsParked({ options, context }: CommandCall<ParkedOptions>): Promise<void> {
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
