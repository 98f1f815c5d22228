/** `panotti dead-letters retry` and `panotti dead-letters drop`. */
import { COUNT_DEAD_LETTERS, DROP_DEAD_LETTERS, RETRY_DEAD_LETTERS } from '../../management/operations/index.js';
import { withOperations } from '../access/open-operations.js';
import { oneOrAll, type ChangeOptions } from '../command/change.js';
import { ExitCode } from '../command/exit-code.js';
import type { OperationCall } from '../command/operation-command.js';
import { counted, jsonText } from '../command/terminal-text.js';

type ChangeCall = OperationCall<typeof RETRY_DEAD_LETTERS.request, ChangeOptions>;

export async function deadLettersRetry(call: ChangeCall): Promise<void> {
  oneOrAll(call);
  const { terminal, finish } = call.context;
  await withOperations('events', call, async (operations) => {
    const { count, stranded } = await operations.call(RETRY_DEAD_LETTERS, call.request);
    const { isLive } = operations;
    const when = isLive ? 'to be delivered again now' : 'to be delivered again when the server runs';
    const result = { retried: count, stranded, isLive };
    terminal.out(call.options.json ? `${jsonText(result, 2)}\n` : `${counted(count, 'dead letter')} ${when}.\n`);
    if (stranded === 0) return;
    terminal.err(
      `${counted(stranded, 'dead letter')} left: the subscription has been dropped, or takes another event now.\n`,
    );
    if (count === 0) finish(ExitCode.usage);
  });
}

export async function deadLettersDrop(call: ChangeCall): Promise<void> {
  oneOrAll(call);
  const { request, options } = call;
  const { terminal, finish } = call.context;
  await withOperations('events', call, async (operations) => {
    if (options.all && !options.yes) {
      const found = counted(await operations.call(COUNT_DEAD_LETTERS, request), 'dead letter');
      terminal.err(`error: this would drop ${found} for good, and nothing has been done. Add --yes to do it.\n`);
      return finish(ExitCode.usage);
    }
    const { count } = await operations.call(DROP_DEAD_LETTERS, request);
    const dropped = options.json ? jsonText({ dropped: count }, 2) : `${counted(count, 'dead letter')} dropped.`;
    terminal.out(`${dropped}\n`);
  });
}
