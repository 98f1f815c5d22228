/** `panotti events replay`. */
import type { EventOperations, ReplayPlan, ReplayQuery } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { textTable } from '../command/text-table.js';
import { withOperations } from '../access/open-operations.js';
import { cell, counted, jsonText } from '../command/stored-text.js';
import { momentOf, patternOf } from '../command/typed-values.js';
import type { CommandCall } from '../command/command-row.js';

const NOTHING =
  'There is nothing to replay: no stored event matches, none of those has a durable subscription, or all are about to be delivered anyway.';

interface ReplayOptions extends CommonOptions {
  readonly id?: string;
  readonly name?: string;
  readonly from?: string;
  readonly until?: string;
  readonly to?: string;
  readonly all?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export async function eventsReplay(call: CommandCall<ReplayOptions>): Promise<void> {
  const { options, context } = call;
  const query = queryOf(call);
  await withOperations(options, context, (operations) => replay(operations, query, options, context));
}

function queryOf(call: CommandCall<ReplayOptions>): ReplayQuery {
  const { options, usage } = call;
  const { id, to, all } = options;
  const name = patternOf('--name <pattern>', options.name, call);
  const from = momentOf('--from <moment>', options.from, call);
  const until = momentOf('--until <moment>', options.until, call);
  const isNarrowed = name !== undefined || from !== undefined || until !== undefined;
  if (id !== undefined && (isNarrowed || all))
    usage('error: --id names one event: leave --name, --from, --until and --all out.');
  if (all && isNarrowed) usage('error: --all is everything: leave --name, --from and --until out.');
  if (id === undefined && !isNarrowed && !all)
    usage('error: say which events: --id, --name, --from, --until or --all.');
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
