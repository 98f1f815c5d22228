/** `panotti events skip`. */
import type { EventOperations, SkipChoice } from '../../events/index.js';
import { ExitCode } from '../command/exit-code.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { withOperations } from '../access/open-operations.js';
import { counted, jsonText } from '../command/stored-text.js';
import type { CommandCall } from '../command/command-row.js';

interface SkipOptions extends CommonOptions {
  readonly all?: true;
  readonly yes?: true;
  readonly json?: true;
}

export async function eventsSkip({
  args: [subscription, eventId],
  options,
  context,
  usage,
}: CommandCall<SkipOptions, readonly [subscription: string, eventId: string | undefined]>): Promise<void> {
  if (eventId === undefined && !options.all) usage('error: name an event by its id, or say --all.');
  if (eventId !== undefined && options.all) usage('error: an id and --all exclude each other.');
  const choice = { subscription, ...(eventId !== undefined && { eventId }) };
  await withOperations(options, context, (operations) => skip(operations, choice, options, context));
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
