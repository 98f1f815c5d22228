/** `panotti subscriptions drop`. */
import { dropDeadLettersCommand, type SubscriptionLoss } from '../../events/index.js';
import { DROP_SUBSCRIPTION, PLAN_DROP_SUBSCRIPTION } from '../../management/operations/index.js';
import { withOperations } from '../access/open-operations.js';
import { ExitCode } from '../command/exit-code.js';
import type { OperationCall } from '../command/operation-command.js';
import type { CommonOptions } from '../command/surroundings.js';
import { cell, counted, jsonText } from '../command/terminal-text.js';

interface DropOptions extends CommonOptions {
  readonly yes?: true;
  readonly json?: true;
}

export async function subscriptionsDrop(
  call: OperationCall<typeof DROP_SUBSCRIPTION.request, DropOptions>,
): Promise<void> {
  const { request, options, context } = call;
  const { terminal, finish } = context;
  await withOperations('subscriptions', call, async (operations) => {
    if (!options.yes) {
      const loss = await operations.call(PLAN_DROP_SUBSCRIPTION, request);
      const what = `error: this would drop for good ${lossText(loss)}.`;
      terminal.err(`${what} Nothing has been done. Add --yes to do it.\n${remainderText(loss)}`);
      return finish(ExitCode.usage);
    }
    const loss = await operations.call(DROP_SUBSCRIPTION, request);
    const { name, plugin, event, backlog, deadLetters } = loss;
    const dropped = { name, plugin, event, events: backlog, deadLettersLeft: deadLetters };
    terminal.out(options.json ? `${jsonText({ dropped }, 2)}\n` : `Dropped ${lossText(loss)}.\n${remainderText(loss)}`);
  });
}

function lossText({ name, plugin, event, backlog }: SubscriptionLoss): string {
  const what = `the durable subscription "${cell(name)}" of plugin "${cell(plugin)}" to "${cell(event)}"`;
  if (backlog === 0) return `${what}, for which nothing waits`;
  return `${what} with ${counted(backlog, 'event')} that ${backlog === 1 ? 'waits' : 'wait'} for it`;
}

/** What a drop leaves in the store. */
function remainderText({ name, deadLetters }: SubscriptionLoss): string {
  if (deadLetters === 0) return '';
  const [stay, them] = deadLetters === 1 ? ['stays', 'it'] : ['stay', 'them'];
  return `Its ${counted(deadLetters, 'dead letter')} ${stay}: \`${dropDeadLettersCommand(name)}\` removes ${them}.\n`;
}
