/** Which dead letters a command line is about. */
import type { DeadLetterChoice } from '../../events/index.js';
import type { CommandCall } from '../command/command-row.js';
import type { CommonOptions } from '../command/program-context.js';
import { patternOf } from '../command/typed-values.js';

export interface FilterOptions extends CommonOptions {
  readonly subscription?: string;
  readonly plugin?: string;
  readonly event?: string;
  readonly json?: true;
}

export function choiceOf(call: CommandCall<FilterOptions, readonly (string | undefined)[]>): DeadLetterChoice {
  const { subscription, plugin } = call.options;
  const event = patternOf('--event <pattern>', call.options.event, call);
  return {
    ...(subscription !== undefined && { subscription }),
    ...(plugin !== undefined && { plugin }),
    ...(event !== undefined && { event }),
  };
}
