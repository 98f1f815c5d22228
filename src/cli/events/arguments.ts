/** How the options of the commands on events are read; what is wrong ends with wrong usage. */
import { InvalidArgumentError, Option } from 'commander';
import { SystemClock } from '../../common/index.js';
import { isEventPattern } from '../../events/index.js';
import type { ProgramContext } from '../program-context.js';
import { MOMENT_WORDS, readMoment } from './moment.js';

const LARGEST_PAGE = 1_000;

export function momentOption(
  flags: string,
  description: string,
  { clock = new SystemClock() }: ProgramContext,
): Option {
  return new Option(flags, `${description}: ${MOMENT_WORDS}`).argParser((text) => {
    const moment = readMoment(text, clock.now());
    if (moment === undefined) throw new InvalidArgumentError(`It must be ${MOMENT_WORDS}.`);
    return moment;
  });
}

export function nameOption(flags: string): Option {
  return new Option(flags, 'a name of events, or a pattern: recording.*, or recording.** for all below it').argParser(
    (text) => {
      if (!isEventPattern(text))
        throw new InvalidArgumentError('It must be a name such as recording.ended, or a pattern such as recording.*.');
      return text;
    },
  );
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
