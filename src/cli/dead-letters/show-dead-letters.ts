/** `panotti dead-letters list` and `panotti dead-letters show`. */
import type { DeadLetter, DeadLetterList, ListedDeadLetter } from '../../events/index.js';
import { LIST_DEAD_LETTERS, SHOW_DEAD_LETTERS } from '../../management/operations/index.js';
import { answered } from '../access/open-operations.js';
import type { Terminal } from '../command/surroundings.js';
import { cell, counted, errorText, jsonText, textTable, timeText } from '../command/terminal-text.js';

const HEADINGS = ['GIVEN UP', 'EVENT ID', 'EVENT', 'SUBSCRIPTION', 'ATTEMPTS', 'ERROR'];

export const deadLettersList = answered(LIST_DEAD_LETTERS, {
  json: ({ letters, next }) => ({ letters: letters.map(plain), next: next ?? null }),
  show: showList,
});

export const deadLettersShow = answered(SHOW_DEAD_LETTERS, {
  json: (letters) => ({ letters: letters.map(({ payload, ...letter }) => ({ ...plain(letter), payload })) }),
  show: (letters, terminal) => terminal.out(`${letters.map(described).join('\n\n')}\n`),
});

function plain({ time, diedAt, ...letter }: Omit<DeadLetter, 'payload'>): object {
  return { ...letter, time: timeText(time), diedAt: timeText(diedAt) };
}

function showList({ letters, next }: DeadLetterList, terminal: Terminal): void {
  const rows = [HEADINGS, ...letters.map(rowOf)];
  terminal.out(letters.length === 0 ? 'There are no dead letters.\n' : `${textTable(rows)}\n`);
  if (next !== undefined) terminal.err(`\nMore: add --page ${cell(next)}\n`);
}

function rowOf({ diedAt, eventId, event, subscription, attempts, errors }: ListedDeadLetter): string[] {
  return [timeText(diedAt), cell(eventId), cell(event), cell(subscription), String(attempts), errorText(errors)];
}

function described(letter: DeadLetter): string {
  const facts = [
    ['Event', letter.eventId],
    ['Name', letter.event],
    ['Source', letter.source],
    ['Time', timeText(letter.time)],
    ['Subscription', letter.subscription],
    ['Given up', `${timeText(letter.diedAt)}, after ${counted(letter.attempts, 'attempt')}`],
    ...letter.errors.map(({ name, message }, index) => [index === 0 ? 'Error' : 'Caused by', `${name}: ${message}`]),
  ].map((row) => row.map(cell));
  return `${textTable(facts)}\n\n${jsonText(letter.payload, 2)}`;
}
