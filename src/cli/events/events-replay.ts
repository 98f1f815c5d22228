/** `panotti events replay`. */
import type { ReplayPlan } from '../../events/index.js';
import { PLAN_REPLAY, REPLAY } from '../../management/operations/index.js';
import { withOperations } from '../access/open-operations.js';
import type { OperationCall } from '../command/operation-command.js';
import type { CommonOptions } from '../command/surroundings.js';
import { cell, counted, jsonText, textTable } from '../command/terminal-text.js';

const NOTHING =
  'There is nothing to replay: no stored event matches, none of those has a durable subscription, or all are about to be delivered anyway.';

interface ReplayOptions extends CommonOptions {
  readonly all?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

type ReplayCall = OperationCall<typeof REPLAY.request, ReplayOptions>;

export async function eventsReplay(call: ReplayCall): Promise<void> {
  const { request, options, context } = call;
  const { terminal } = context;
  checkChoice(call);
  await withOperations('events', call, async (operations) => {
    const { isLive } = operations;
    if (options.json) {
      const plan = await operations.call(options.dryRun ? PLAN_REPLAY : REPLAY, request);
      terminal.out(`${jsonText({ ...plan, total: totalOf(plan), isDone: !options.dryRun, isLive }, 2)}\n`);
      return;
    }
    const plan = await operations.call(PLAN_REPLAY, request);
    if (totalOf(plan) === 0) return terminal.out(`${NOTHING}\n`);
    terminal.out(`${described(plan)}\n`);
    if (options.dryRun) return terminal.out('Nothing has been done.\n');
    const total = totalOf(await operations.call(REPLAY, request));
    const when = isLive ? 'due now' : 'due when the server runs again';
    terminal.out(`Done: ${counted(total, 'delivery is', 'deliveries are')} ${when}.\n`);
  });
}

/** Ends with wrong usage unless the call chooses events in exactly one way. */
function checkChoice({ request, options, usage }: ReplayCall): void {
  const { eventId, events, fromTime, beforeTime } = request;
  const isNarrowed = events !== undefined || fromTime !== undefined || beforeTime !== undefined;
  if (eventId !== undefined && (isNarrowed || options.all))
    usage('error: --id names one event: leave --name, --from, --until and --all out.');
  if (options.all && isNarrowed) usage('error: --all is everything: leave --name, --from and --until out.');
  if (eventId === undefined && !isNarrowed && !options.all)
    usage('error: say which events: --id, --name, --from, --until or --all.');
}

function described(plan: ReplayPlan): string {
  const rows = plan.deliveries.map(({ subscription, count }) => [`  ${cell(subscription)}`, String(count)]);
  const total = counted(totalOf(plan), 'delivery', 'deliveries');
  return `${counted(plan.events, 'event')} to ${counted(rows.length, 'subscription')}: ${total}.\n${textTable(rows)}`;
}

function totalOf({ deliveries }: ReplayPlan): number {
  return deliveries.reduce((sum, { count }) => sum + count, 0);
}
