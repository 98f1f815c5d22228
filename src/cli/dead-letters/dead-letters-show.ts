/** `panotti dead-letters show`. */
import type { DeadLetter } from '../../events/index.js';
import type { CommonOptions } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { withOperations } from '../access/open-operations.js';
import { cell, counted, jsonText, timeText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

export async function deadLettersShow({
  args: [eventId],
  options,
  context,
}: CommandCall<CommonOptions & { subscription?: string; json?: true }, readonly [eventId: string]>): Promise<void> {
  const { subscription } = options;
  await withOperations(options, context, async (operations) => {
    const letters = await operations.showDeadLetters({
      eventId,
      ...(subscription !== undefined && { subscription }),
    });
    context.terminal.out(
      options.json ? `${jsonText({ letters: letters.map(plain) }, 2)}\n` : `${letters.map(described).join('\n\n')}\n`,
    );
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
