/** `panotti events list` and `panotti events show`. */
import type { EventDetails, EventPage, ListedEvent } from '../../events/index.js';
import { LIST_EVENTS, SHOW_EVENT } from '../../management/operations/index.js';
import { answered } from '../access/open-operations.js';
import type { Terminal } from '../command/surroundings.js';
import {
  cell,
  counted,
  errorText,
  jsonText,
  plainStanding,
  standingText,
  textTable,
  timeText,
} from '../command/terminal-text.js';

const LIST_HEADINGS = ['TIME', 'ID', 'NAME', 'SOURCE', 'BYTES', 'PENDING'];
const DELIVERY_HEADINGS = ['SUBSCRIPTION', 'STATE', 'ATTEMPTS', 'AT', 'ERROR'];

export const eventsList = answered(LIST_EVENTS, {
  json: ({ events, next, damaged }) => ({ events: events.map(plainEvent), next: next ?? null, damaged }),
  show: showPage,
});

export const eventsShow = answered(SHOW_EVENT, {
  json: ({ payload, ...event }) => ({ ...plainEvent(event), payload }),
  show: (event, terminal) => terminal.out(`${described(event)}\n`),
});

function plainEvent({ time, deliveries, ...event }: ListedEvent): object {
  return { ...event, time: timeText(time), deliveries: deliveries.map(plainStanding) };
}

function showPage({ events, next, damaged }: EventPage, terminal: Terminal): void {
  const rows = [LIST_HEADINGS, ...events.map(rowOf)];
  terminal.out(events.length === 0 ? 'No stored event matches.\n' : `${textTable(rows)}\n`);
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

function described(event: EventDetails): string {
  const { traceparent, deliveries } = event;
  const facts = [
    ['Event', event.id],
    ['Name', `${event.name}, version ${event.version}`],
    ['Source', event.source],
    ['Time', timeText(event.time)],
    ['Correlation', event.correlationId],
    ['Cause', event.causationId ?? '-'],
    ...(traceparent === undefined ? [] : [['Trace', traceparent]]),
    ['Priority', event.priority],
    ['Payload', `${event.bytes} bytes`],
  ].map((row) => row.map(cell));
  const standings = deliveries.map(({ subscription, state, attempts, at, errors }) => [
    cell(subscription),
    state,
    state === 'handled' ? '-' : String(attempts),
    at === undefined ? '-' : timeText(at),
    errorText(errors),
  ]);
  const whom =
    standings.length === 0 ? 'No durable subscription is known for it.' : textTable([DELIVERY_HEADINGS, ...standings]);
  return `${textTable(facts)}\n\n${whom}\n\n${jsonText(event.payload, 2)}`;
}
