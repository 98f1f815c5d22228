/** The options of the commands on events. What is wrong ends with wrong usage, here or in `typed-values`. */
import { InvalidArgumentError, Option } from 'commander';

const LARGEST_PAGE = 1_000;

/** What may be written for a moment, for messages and help. */
export const MOMENT_WORDS =
  'a time such as 2026-03-01T08:30 or 2026-03-01T08:30:00Z, or how long ago it is, such as 30m or 2h';

/** To be read with `momentOf`. */
export function momentOption(flags: string, description: string): Option {
  return new Option(flags, `${description}: ${MOMENT_WORDS}`);
}

/** To be read with `patternOf`. */
export function nameOption(flags: string): Option {
  return new Option(flags, 'a name of events, or a pattern: recording.*, or recording.** for all below it');
}

export function countOption(flags: string, description: string, byDefault: number): Option {
  return new Option(flags, `${description}, at most ${LARGEST_PAGE}`).default(byDefault).argParser((text) => {
    const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > LARGEST_PAGE)
      throw new InvalidArgumentError(`It must be a whole number from 1 to ${LARGEST_PAGE}.`);
    return count;
  });
}

export function positionOption(flags: string): Option {
  return new Option(flags, 'the page that the previous answer names').argParser((text) => {
    if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be what the previous page has named.');
    return Number(text);
  });
}
