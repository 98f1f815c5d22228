/** Which dead letters a command line is about. */
import type { DeadLetterChoice } from '../../events/index.js';
import type { CommonOptions } from '../program-context.js';

export interface FilterOptions extends CommonOptions {
  readonly subscription?: string;
  readonly plugin?: string;
  readonly event?: string;
  readonly json?: true;
}

export function choiceOf({ subscription, plugin, event }: FilterOptions): DeadLetterChoice {
  return {
    ...(subscription !== undefined && { subscription }),
    ...(plugin !== undefined && { plugin }),
    ...(event !== undefined && { event }),
  };
}
