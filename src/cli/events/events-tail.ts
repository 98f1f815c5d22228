/** `panotti events tail`. */
import type { EventHead } from '../../events/index.js';
import { FOLLOW_EVENTS, LIST_EVENTS } from '../../management/operations/index.js';
import { withOperations } from '../access/open-operations.js';
import type { CommandCall } from '../command/command.js';
import type { CommonOptions } from '../command/surroundings.js';
import { cell, jsonText, timeText } from '../command/terminal-text.js';

interface TailOptions extends CommonOptions {
  readonly json?: true;
}

export async function eventsTail(
  call: CommandCall<TailOptions, readonly [], { readonly name?: string; readonly limit: number }>,
): Promise<void> {
  const { request, options, context } = call;
  const { terminal } = context;
  const write = (event: EventHead): void => terminal.out(`${options.json ? jsonText(plain(event)) : lineOf(event)}\n`);
  await withOperations('events', call, async (operations) => {
    const interruption = context.interruption?.() ?? new AbortController().signal;
    const { events, last } = await operations.call(LIST_EVENTS, request);
    for (const event of events.toReversed()) write(event);
    if (!operations.isLive) {
      terminal.err('No server runs here: this is all that its store has, and nothing will be added.\n');
      return;
    }
    const { limit: _, ...following } = request;
    const stream = operations.follow(FOLLOW_EVENTS, { ...following, after: last }, interruption);
    for await (const event of stream) write(event);
    if (!interruption.aborted) terminal.err('The server has stopped.\n');
  });
}

function lineOf({ time, id, name, source, bytes }: EventHead): string {
  return `${timeText(time)}  ${cell(id)}  ${cell(name)}  ${cell(source)}  ${bytes} bytes`;
}

function plain({ id, position, name, version, source, time, bytes }: EventHead): object {
  return { id, position, name, version, source, time: timeText(time), bytes };
}
