/** `panotti subscriptions list`. */
import type { ListedSubscription } from '../../events/index.js';
import { LIST_SUBSCRIPTIONS } from '../../management/operations/index.js';
import { answered } from '../access/open-operations.js';
import { ageText, cell, textTable, timeText } from '../command/terminal-text.js';

const HEADINGS = [
  'SUBSCRIPTION',
  'PLUGIN',
  'HANDLER',
  'EVENT',
  'BACKLOG',
  'SET ASIDE',
  'OLDEST',
  'DEAD',
  'MISSING SINCE',
  'KEPT UNTIL',
];

export const subscriptionsList = answered(LIST_SUBSCRIPTIONS, {
  json: (listed) => ({ subscriptions: listed.map(plain) }),
  show: (listed, terminal) => {
    const rows = [HEADINGS, ...listed.map(rowOf)];
    terminal.out(listed.length === 0 ? 'There are no durable subscriptions.\n' : `${textTable(rows)}\n`);
  },
});

function rowOf(listed: ListedSubscription): string[] {
  const { handler, backlog, missingSince, keptUntil } = listed;
  return [
    cell(listed.name),
    cell(listed.plugin),
    handler === null ? '-' : cell(handler),
    cell(listed.event),
    String(backlog),
    String(listed.setAside),
    backlog === 0 ? '-' : ageText(listed.oldestAgeMs),
    String(listed.deadLetters),
    missingSince === null ? '-' : timeText(missingSince),
    keptUntil === null ? '-' : timeText(keptUntil),
  ];
}

function plain({ missingSince, keptUntil, ...listed }: ListedSubscription): object {
  return {
    ...listed,
    missingSince: missingSince === null ? null : timeText(missingSince),
    keptUntil: keptUntil === null ? null : timeText(keptUntil),
  };
}
