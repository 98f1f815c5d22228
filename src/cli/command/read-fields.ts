/** Makes the request of an operation from the options and arguments of a command. What is wrong with one ends with wrong usage. */
import { SystemClock } from '../../common/index.js';
import { isEventPattern } from '../../events/index.js';
import type { FieldSource, GivenCommand } from './command.js';
import { readMoment } from './moment.js';
import { MOMENT_WORDS } from './operation-command.js';

/** Leaves out the fields that were not given. */
export function readFields(fields: readonly FieldSource[], given: GivenCommand): object {
  const options = new Map<string, unknown>(Object.entries(given.options));
  const values = fields.map((field) => {
    const value = typeof field.from === 'number' ? given.args[field.from] : options.get(field.from);
    return [field.name, typeof value === 'string' ? valueOf(field, value, given) : value] as const;
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function valueOf({ kind, flags }: FieldSource, text: string, { context, usage }: GivenCommand): string | number {
  const refuse = (reason: string): never =>
    usage(`error: option '${flags}' argument '${text}' is invalid. It must be ${reason}.`);
  if (kind === 'moment') {
    const { clock = new SystemClock() } = context;
    return readMoment(text, clock.now()) ?? refuse(MOMENT_WORDS);
  }
  if (kind === 'pattern' && !isEventPattern(text))
    return refuse('a name such as recording.ended, or a pattern such as recording.*');
  return text;
}
