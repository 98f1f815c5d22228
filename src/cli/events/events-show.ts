/** `panotti events show`. */
import type { EventDetails } from '../../events/index.js';
import type { CommonOptions } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { withOperations } from '../access/open-operations.js';
import { cell, errorText, jsonText, plainStanding, timeText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

const HEADINGS = ['SUBSCRIPTION', 'STATE', 'ATTEMPTS', 'AT', 'ERROR'];

export async function eventsShow({
  args: [id],
  options,
  context,
}: CommandCall<CommonOptions & { json?: true }, readonly [id: string]>): Promise<void> {
  await withOperations(options, context, async (operations) => {
    const event = await operations.showEvent(id);
    context.terminal.out(options.json ? `${jsonText(plain(event), 2)}\n` : `${described(event)}\n`);
  });
}

function plain({ time, deliveries, payload, ...event }: EventDetails): object {
  return { ...event, time: timeText(time), deliveries: deliveries.map(plainStanding), payload };
}

function described(event: EventDetails): string {
  const {
    id,
    name,
    version,
    source,
    time,
    correlationId,
    causationId,
    traceparent,
    priority,
    bytes,
    deliveries,
    payload,
  } = event;
  const facts = [
    ['Event', id],
    ['Name', `${name}, version ${version}`],
    ['Source', source],
    ['Time', timeText(time)],
    ['Correlation', correlationId],
    ['Cause', causationId ?? '-'],
    ...(traceparent === undefined ? [] : [['Trace', traceparent]]),
    ['Priority', priority],
    ['Payload', `${bytes} bytes`],
  ].map((row) => row.map(cell));
  const standings = deliveries.map(({ subscription, state, attempts, at, errors }) => {
    return [
      cell(subscription),
      state,
      state === 'handled' ? '-' : String(attempts),
      at === undefined ? '-' : timeText(at),
      errorText(errors),
    ];
  });
  const whom =
    standings.length === 0 ? 'No durable subscription is known for it.' : textTable([HEADINGS, ...standings]);
  return `${textTable(facts)}\n\n${whom}\n\n${jsonText(payload, 2)}`;
}
