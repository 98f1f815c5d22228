/** `panotti events tail`. */
import type { EventHead, EventOperations } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../command/program-context.js';
import { withOperations } from '../access/open-operations.js';
import { cell, jsonText, timeText } from '../command/stored-text.js';
import { patternOf } from '../command/typed-values.js';
import type { CommandCall } from '../command/command-row.js';

interface TailOptions extends CommonOptions {
  readonly name?: string;
  readonly lines: number;
  readonly json?: true;
}

export async function eventsTail(call: CommandCall<TailOptions>): Promise<void> {
  const { options, context } = call;
  const name = patternOf('--name <pattern>', options.name, call);
  await withOperations(options, context, (operations) => tail(operations, { ...options, name }, context));
}

async function tail(
  operations: EventOperations,
  { name, lines, json }: Omit<TailOptions, 'name'> & { readonly name: string | undefined },
  context: ProgramContext,
): Promise<void> {
  const { terminal } = context;
  const named = name === undefined ? {} : { name };
  const write = (event: EventHead): void => terminal.out(`${json ? jsonText(plain(event)) : lineOf(event)}\n`);
  const interruption = context.interruption?.() ?? new AbortController().signal;
  const { events, last } = await operations.listEvents({ limit: lines, ...named });
  for (const event of events.toReversed()) write(event);
  if (!operations.isLive) {
    terminal.err('No server runs here: this is all that its store has, and nothing will be added.\n');
    return;
  }
  for await (const event of operations.followEvents({ after: last, ...named }, interruption)) write(event);
  if (!interruption.aborted) terminal.err('The server has stopped.\n');
}

function lineOf({ time, id, name, source, bytes }: EventHead): string {
  return `${timeText(time)}  ${cell(id)}  ${cell(name)}  ${cell(source)}  ${bytes} bytes`;
}

function plain({ id, position, name, version, source, time, bytes }: EventHead): object {
  return { id, position, name, version, source, time: timeText(time), bytes };
}
