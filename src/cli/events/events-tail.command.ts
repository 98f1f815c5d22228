/** `panotti events tail`. */
import type { Command } from 'commander';
import type { EventHead, EventOperations } from '../../events/index.js';
import type { CommonOptions, ProgramContext } from '../program-context.js';
import { countOption, nameOption } from './arguments.js';
import { withOperations } from './open-operations.js';
import { cell, jsonText, timeText } from './stored-text.js';

const EXAMPLES = `
Examples:
  panotti events tail
  panotti events tail --name 'recording.*' --json | jq -r .id

Ctrl-C ends it with 0. Where no server runs it shows what is there, and ends.`;

interface TailOptions extends CommonOptions {
  readonly name?: string;
  readonly lines: number;
  readonly json?: true;
}

export function addEventsTail(events: Command, context: ProgramContext): void {
  events
    .command('tail')
    .description('Show the newest events, then each as it is stored.')
    .addOption(nameOption('--name <pattern>'))
    .addOption(countOption('--lines <count>', 'how many of those that are there', 10))
    .option('--json', 'print a line of JSON for each')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<TailOptions>();
      await withOperations(options, context, (operations) => tail(operations, options, context));
    });
}

async function tail(
  operations: EventOperations,
  { name, lines, json }: TailOptions,
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
