/** `panotti dead-letters show`. */
import type { Command } from 'commander';
import type { DeadLetter } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { withOperations } from './open-operations.js';
import { cell, counted, jsonText, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti dead-letters show 019a1b2c-3d4e-7000-8000-123456789abc

The payload is shown as it is stored, and may have personal data in it.`;

export function addDeadLettersShow(show: Command, context: ProgramContext): void {
  show
    .description(
      'Show the dead letters of one event: the event, the errors and the attempts, for each subscription that gave it up.',
    )
    .argument('<id>', 'the id of the event')
    .option('--subscription <name>', 'that of one subscription')
    .option('--json', 'print JSON: { letters }')
    .addHelpText('after', EXAMPLES)
    .action(async (eventId: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { subscription?: string; json?: true }>();
      const { subscription } = options;
      await withOperations(options, context, async (operations) => {
        const letters = await operations.showDeadLetters({
          eventId,
          ...(subscription !== undefined && { subscription }),
        });
        context.terminal.out(
          options.json
            ? `${jsonText({ letters: letters.map(plain) }, 2)}\n`
            : `${letters.map(described).join('\n\n')}\n`,
        );
      });
    });
}

function plain({ time, diedAt, payload, ...letter }: DeadLetter): object {
  return { ...letter, time: timeText(time), diedAt: timeText(diedAt), payload };
}

function described({
  subscription,
  eventId,
  event,
  source,
  time,
  diedAt,
  attempts,
  errors,
  payload,
}: DeadLetter): string {
  const facts = [
    ['Event', eventId],
    ['Name', event],
    ['Source', source],
    ['Time', timeText(time)],
    ['Subscription', subscription],
    ['Given up', `${timeText(diedAt)}, after ${counted(attempts, 'attempt')}`],
    ...errors.map(({ name, message }, index) => [index === 0 ? 'Error' : 'Caused by', `${name}: ${message}`]),
  ].map((row) => row.map(cell));
  return `${textTable(facts)}\n\n${jsonText(payload, 2)}`;
}
