/** `panotti events replay`. */
import type { Command } from 'commander';
import type { EventOperations, ReplayPlan, ReplayQuery } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { textTable } from '../text-table.js';
import { momentOption, nameOption } from './arguments.js';
import { withOperations } from './open-operations.js';
import { cell, counted, jsonText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti events replay --id 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events replay --from 2026-03-01T08:00 --until 2026-03-01T09:00 --dry-run
  panotti events replay --name 'recording.*' --from 2d --to noise-reduction.clean

It asks nothing: see with --dry-run what would come of it. A handler gets an event again that it has handled already.`;

const NOTHING =
  'There is nothing to replay: no stored event matches, none of those has a durable subscription, or all are about to be delivered anyway.';

interface ReplayOptions extends CommonOptions {
  readonly id?: string;
  readonly name?: string;
  readonly from?: number;
  readonly until?: number;
  readonly to?: string;
  readonly all?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addEventsReplay(events: Command, context: ProgramContext): void {
  events
    .command('replay')
    .description('Have stored events delivered again.')
    .option('--id <id>', 'one event')
    .addOption(nameOption('--name <pattern>'))
    .addOption(momentOption('--from <moment>', 'events of this moment or later', context))
    .addOption(momentOption('--until <moment>', 'events before this moment', context))
    .option('--all', 'everything that is stored')
    .option('--to <subscription>', 'to one subscription (default: to all that the event is for)')
    .option('--dry-run', 'only tell what would be done')
    .option('--json', 'print JSON: { events, deliveries, total, isDone, isLive }')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ReplayOptions>();
      const query = queryOf(options, command);
      await withOperations(options, context, (operations) => replay(operations, query, options, context));
    });
}

function queryOf({ id, name, from, until, to, all }: ReplayOptions, command: Command): ReplayQuery {
  const isNarrowed = name !== undefined || from !== undefined || until !== undefined;
  if (id !== undefined && (isNarrowed || all))
    command.error('error: --id names one event: leave --name, --from, --until and --all out.');
  if (all && isNarrowed) command.error('error: --all is everything: leave --name, --from and --until out.');
  if (id === undefined && !isNarrowed && !all)
    command.error('error: say which events: --id, --name, --from, --until or --all.');
  return {
    ...(id !== undefined && { eventId: id }),
    ...(name !== undefined && { events: name }),
    ...(from !== undefined && { fromTime: from }),
    ...(until !== undefined && { beforeTime: until }),
    ...(to !== undefined && { subscription: to }),
  };
}

async function replay(
  operations: EventOperations,
  query: ReplayQuery,
  options: ReplayOptions,
  { terminal }: ProgramContext,
): Promise<void> {
  const { isLive } = operations;
  if (options.json) {
    const plan = options.dryRun ? await operations.planReplay(query) : await operations.replay(query);
    terminal.out(`${jsonText({ ...plan, total: totalOf(plan), isDone: !options.dryRun, isLive }, 2)}\n`);
    return;
  }
  const plan = await operations.planReplay(query);
  if (totalOf(plan) === 0) return terminal.out(`${NOTHING}\n`);
  terminal.out(`${described(plan)}\n`);
  if (options.dryRun) return terminal.out('Nothing has been done.\n');
  const total = totalOf(await operations.replay(query));
  const when = isLive ? 'are due now' : 'are due when the server runs again';
  terminal.out(
    `Done: ${counted(total, 'delivery', 'deliveries')} ${total === 1 ? when.replace('are', 'is') : when}.\n`,
  );
}

function described(plan: ReplayPlan): string {
  const rows = plan.deliveries.map(({ subscription, count }) => [`  ${cell(subscription)}`, String(count)]);
  const total = counted(totalOf(plan), 'delivery', 'deliveries');
  return `${counted(plan.events, 'event')} to ${counted(rows.length, 'subscription')}: ${total}.\n${textTable(rows)}`;
}

function totalOf({ deliveries }: ReplayPlan): number {
  return deliveries.reduce((sum, { count }) => sum + count, 0);
}
