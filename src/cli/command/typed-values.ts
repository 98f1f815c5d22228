/** Reads options for which the parser would have to know events and configuration. */
import { SystemClock } from '../../common/index.js';
import { isEventPattern } from '../../events/index.js';
import type { CommandCall } from './command-row.js';
import { MOMENT_WORDS } from './arguments.js';
import { readMoment } from './moment.js';

type Call = Pick<CommandCall, 'context' | 'usage'>;

/**
 * @param flags of the option, as in its row
 * @returns milliseconds since 1970; `undefined` where it was not given
 */
export function momentOf(flags: string, text: string | undefined, { context, usage }: Call): number | undefined {
  if (text === undefined) return undefined;
  const { clock = new SystemClock() } = context;
  return readMoment(text, clock.now()) ?? usage(refusal(flags, text, `It must be ${MOMENT_WORDS}.`));
}

/** A name or pattern of events. */
export function patternOf(flags: string, text: string | undefined, { usage }: Call): string | undefined {
  if (text === undefined || isEventPattern(text)) return text;
  return usage(refusal(flags, text, 'It must be a name such as recording.ended, or a pattern such as recording.*.'));
}

/** In the words of the parser. */
function refusal(flags: string, text: string, reason: string): string {
  return `error: option '${flags}' argument '${text}' is invalid. ${reason}`;
}
