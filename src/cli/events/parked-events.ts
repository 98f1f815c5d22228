/** `panotti events parked` and `panotti events skip`. */
import type { ParkedEvent, ParkedList } from '../../events/index.js';
import { COUNT_PARKED, LIST_PARKED, SKIP_PARKED } from '../../management/operations/index.js';
import { answered, withOperations } from '../access/open-operations.js';
import { oneOrAll, type ChangeOptions } from '../command/change.js';
import { ExitCode } from '../command/exit-code.js';
import type { OperationCall } from '../command/operation-command.js';
import type { Terminal } from '../command/surroundings.js';
import { cell, counted, jsonText, textTable, timeText } from '../command/terminal-text.js';

const HEADINGS = ['PARKED', 'EVENT ID', 'EVENT', 'VERSION', 'SUBSCRIPTION', 'KEY'];

export const eventsParked = answered(LIST_PARKED, {
  json: ({ events, next }) => ({ events: events.map(plain), next: next ?? null }),
  show: showList,
});

export async function eventsSkip(call: OperationCall<typeof SKIP_PARKED.request, ChangeOptions>): Promise<void> {
  const { request, options, context } = call;
  const { terminal } = context;
  oneOrAll(call);
  await withOperations('events', call, async (operations) => {
    if (options.all && !options.yes) {
      const count = await operations.call(COUNT_PARKED, { subscription: request.subscription });
      const found = counted(count, 'parked event');
      terminal.err(`error: this would skip ${found}, and nothing has been done. Add --yes to do it.\n`);
      return context.finish(ExitCode.usage);
    }
    const skipped = await operations.call(SKIP_PARKED, request);
    terminal.out(options.json ? `${jsonText({ skipped }, 2)}\n` : `${counted(skipped, 'parked event')} skipped.\n`);
  });
}

function showList({ events, next }: ParkedList, terminal: Terminal): void {
  terminal.out(events.length === 0 ? 'No event is parked.\n' : `${textTable([HEADINGS, ...events.map(rowOf)])}\n`);
  if (next !== undefined) terminal.err(`\nMore: add --page ${cell(next)}\n`);
}

function rowOf({ parkedAt, eventId, event, version, subscription, key = '' }: ParkedEvent): string[] {
  return [timeText(parkedAt), cell(eventId), cell(event), String(version), cell(subscription), cell(key)];
}

function plain({ time, parkedAt, ...event }: ParkedEvent): object {
  return { ...event, time: timeText(time), parkedAt: timeText(parkedAt) };
}
