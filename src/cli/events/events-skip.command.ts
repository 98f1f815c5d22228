/** `panotti events skip`. */
import type { Command } from 'commander';
import type { EventOperations, SkipChoice } from '../../events/index.js';
import { ExitCode } from '../exit-code.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { withOperations } from './open-operations.js';
import { counted, jsonText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti events skip noise-reduction.clean 019a1b2c-3d4e-7000-8000-123456789abc
  panotti events skip noise-reduction.clean --all --yes

The subscription does not get the events any more, and what waits behind their keys goes on. As long as an event is stored,
panotti events replay delivers it again.`;

interface SkipOptions extends CommonOptions {
  readonly all?: true;
  readonly yes?: true;
  readonly json?: true;
}

export function addEventsSkip(events: Command, context: ProgramContext): void {
  events
    .command('skip')
    .description('Give up parked events of one subscription.')
    .argument('<subscription>', 'its name, as panotti events parked shows it')
    .argument('[id]', 'the id of the event')
    .option('--all', 'all that are parked for the subscription; needs --yes')
    .option('--yes', 'do it')
    .option('--json', 'print JSON: { skipped }')
    .addHelpText('after', EXAMPLES)
    .action(async (subscription: string, eventId: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<SkipOptions>();
      if (eventId === undefined && !options.all) command.error('error: name an event by its id, or say --all.');
      if (eventId !== undefined && options.all) command.error('error: an id and --all exclude each other.');
      const choice = { subscription, ...(eventId !== undefined && { eventId }) };
      await withOperations(options, context, (operations) => skip(operations, choice, options, context));
    });
}

async function skip(
  operations: EventOperations,
  choice: SkipChoice,
  { json, all, yes }: SkipOptions,
  { terminal, finish }: ProgramContext,
): Promise<void> {
  if (all && !yes) {
    const found = counted(await operations.countParked(choice), 'parked event');
    terminal.err(`error: this would skip ${found}, and nothing has been done. Add --yes to do it.\n`);
    return finish(ExitCode.usage);
  }
  const skipped = await operations.skipParked(choice);
  terminal.out(json ? `${jsonText({ skipped }, 2)}\n` : `${counted(skipped, 'parked event')} skipped.\n`);
}
