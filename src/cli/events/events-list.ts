/** `panotti events list`. */
import type { EventPage, EventQuery, ListedEvent } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { withOperations } from '../access/open-operations.js';
import { cell, counted, jsonText, plainStanding, standingText, timeText } from '../command/stored-text.js';
import { momentOf, patternOf } from '../command/typed-values.js';
import type { CommandCall } from '../command/command-row.js';

const HEADINGS = ['TIME', 'ID', 'NAME', 'SOURCE', 'BYTES', 'PENDING'];

interface ListOptions extends CommonOptions {
  readonly name?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly page?: number;
  readonly json?: true;
}

export async function eventsList(call: CommandCall<ListOptions>): Promise<void> {
  const { options, context } = call;
  const query = queryOf(call);
  await withOperations(options, context, async (operations) => {
    const page = await operations.listEvents(query);
    if (options.json) context.terminal.out(`${jsonText(plainPage(page), 2)}\n`);
    else show(page, context);
  });
}

function queryOf(call: CommandCall<ListOptions>): EventQuery {
  const { limit, page } = call.options;
  const name = patternOf('--name <pattern>', call.options.name, call);
  const since = momentOf('--since <moment>', call.options.since, call);
  const until = momentOf('--until <moment>', call.options.until, call);
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
