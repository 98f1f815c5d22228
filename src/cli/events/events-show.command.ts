/** `panotti events show`. */
import type { Command } from 'commander';
import type { EventDetails } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { withOperations } from './open-operations.js';
import { cell, errorText, jsonText, plainStanding, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events show 019a1b2c-3d4e-7000-8000-123456789abc --json | jq .payload

The payload is shown as it is stored, and may have personal data in it.`;

const HEADINGS = ['SUBSCRIPTION', 'STATE', 'ATTEMPTS', 'AT', 'ERROR'];

export function addEventsShow(events: Command, context: ProgramContext): void {
  events
    .command('show')
    .description('Show one event: where it comes from, its payload, and how each subscription stands with it.')
    .argument('<id>', 'the id of the event')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { json?: true }>();
      await withOperations(options, context, async (operations) => {
        const event = await operations.showEvent(id);
        context.terminal.out(options.json ? `${jsonText(plain(event), 2)}\n` : `${described(event)}\n`);
      });
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
