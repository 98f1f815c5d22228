/** `panotti subscriptions list`. */
import type { Command } from 'commander';
import type { ListedSubscription } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { withStoredSubscriptions } from './open-operations.js';
import { ageText, cell, jsonText, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti subscriptions list
  panotti subscriptions list --json | jq -r '.subscriptions[] | select(.missingSince) | .name'

BACKLOG counts all events that wait, SET ASIDE those of them that failed, are delayed or wait behind their key.
A subscription whose handler is MISSING gets what is published until the time in KEPT UNTIL.`;

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

export function addSubscriptionsList(subscriptions: Command, context: ProgramContext): void {
  subscriptions
    .command('list')
    .description('List durable subscriptions by name, with what waits for each.')
    .option('--json', 'print JSON: { subscriptions }')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { json?: true }>();
      await withStoredSubscriptions(options, context, async (stored) => {
        const listed = await stored.list();
        if (options.json) context.terminal.out(`${jsonText({ subscriptions: listed.map(plain) }, 2)}\n`);
        else show(listed, context);
      });
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
