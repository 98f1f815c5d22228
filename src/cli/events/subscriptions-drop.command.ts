/** `panotti subscriptions drop`. */
import type { Command } from 'commander';
import { dropDeadLettersCommand, type StoredSubscriptions, type SubscriptionLoss } from '../../events/index.js';
import { ExitCode } from '../exit-code.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { withStoredSubscriptions } from './open-operations.js';
import { cell, counted, jsonText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti subscriptions drop shop.bill
  panotti subscriptions drop shop.bill --yes

Without --yes it says what would be lost. A plugin that still has the subscription gets a new one at its next start.`;

interface DropOptions extends CommonOptions {
  readonly yes?: true;
  readonly json?: true;
}

export function addSubscriptionsDrop(subscriptions: Command, context: ProgramContext): void {
  subscriptions
    .command('drop')
    .description('Remove a durable subscription for good, with the events that wait for it.')
    .argument('<name>', 'the exact name, as `panotti subscriptions list` shows it')
    .option('--yes', 'do it: what is dropped cannot be had back')
    .option('--json', 'print JSON: { dropped }')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<DropOptions>();
      await withStoredSubscriptions(options, context, (stored) => drop(stored, name, options, context));
    });
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
