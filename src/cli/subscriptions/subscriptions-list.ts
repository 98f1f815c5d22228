/** `panotti subscriptions list`. */
import type { ListedSubscription } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { withStoredSubscriptions } from '../access/open-operations.js';
import { ageText, cell, jsonText, timeText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

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

export async function subscriptionsList({
  options,
  context,
}: CommandCall<CommonOptions & { json?: true }>): Promise<void> {
  await withStoredSubscriptions(options, context, async (stored) => {
    const listed = await stored.list();
    if (options.json) context.terminal.out(`${jsonText({ subscriptions: listed.map(plain) }, 2)}\n`);
    else show(listed, context);
  });
}

function show(listed: readonly ListedSubscription[], { terminal }: ProgramContext): void {
  terminal.out(
    listed.length === 0 ? 'There are no durable subscriptions.\n' : `${textTable([HEADINGS, ...listed.map(rowOf)])}\n`,
  );
}

function rowOf({
  name,
  plugin,
  handler,
  event,
  backlog,
  setAside,
  oldestAgeMs,
  deadLetters,
  ...rest
}: ListedSubscription): string[] {
  const { missingSince, keptUntil } = rest;
  return [
    cell(name),
    cell(plugin),
    handler === null ? '-' : cell(handler),
    cell(event),
    String(backlog),
    String(setAside),
    backlog === 0 ? '-' : ageText(oldestAgeMs),
    String(deadLetters),
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
