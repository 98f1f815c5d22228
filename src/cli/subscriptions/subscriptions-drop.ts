/** `panotti subscriptions drop`. */
import { dropDeadLettersCommand, type StoredSubscriptions, type SubscriptionLoss } from '../../events/index.js';
import { ExitCode } from '../command/exit-code.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { withStoredSubscriptions } from '../access/open-operations.js';
import { cell, counted, jsonText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

interface DropOptions extends CommonOptions {
  readonly yes?: true;
  readonly json?: true;
}

export async function subscriptionsDrop({
  args: [name],
  options,
  context,
}: CommandCall<DropOptions, readonly [name: string]>): Promise<void> {
  await withStoredSubscriptions(options, context, (stored) => drop(stored, name, options, context));
}

async function drop(
  stored: StoredSubscriptions,
  name: string,
  { yes, json }: DropOptions,
  context: ProgramContext,
): Promise<void> {
  const { terminal, finish } = context;
  if (!yes) {
    const loss = await stored.lossOf(name);
    terminal.err(
      `error: this would drop for good ${lossText(loss)}. Nothing has been done. Add --yes to do it.\n${rest(loss)}`,
    );
    return finish(ExitCode.usage);
  }
  const loss = await stored.drop(name);
  if (json) {
    const { plugin, event, backlog, deadLetters } = loss;
    terminal.out(
      `${jsonText({ dropped: { name, plugin, event, events: backlog, deadLettersLeft: deadLetters } }, 2)}\n`,
    );
    return;
  }
  terminal.out(`Dropped ${lossText(loss)}.\n${rest(loss)}`);
}

function lossText({ name, plugin, event, backlog }: SubscriptionLoss): string {
  const what = `the durable subscription "${cell(name)}" of plugin "${cell(plugin)}" to "${cell(event)}"`;
  if (backlog === 0) return `${what}, for which nothing waits`;
  return `${what} with ${counted(backlog, 'event')} that ${backlog === 1 ? 'waits' : 'wait'} for it`;
}

function rest({ name, deadLetters }: SubscriptionLoss): string {
  if (deadLetters === 0) return '';
  const [stay, them] = deadLetters === 1 ? ['stays', 'it'] : ['stay', 'them'];
  return `Its ${counted(deadLetters, 'dead letter')} ${stay}: \`${dropDeadLettersCommand(name)}\` removes ${them}.\n`;
}
