/** `@EventContract` checks and records the name and the version of an event. */
import { EventContractError } from '../events.errors.js';
import { EVENT_PRIORITIES, type EventPriority, type EventUpcast, writeContract } from './event-contract.metadata.js';
import { isEventName } from './event-name.js';

/**
 * Declares a class as an event. Its class-validator decorators are checked each time an instance is published,
 * synchronously: validators that return a promise are not asked.
 *
 * @param name    dot-separated lower-case segments, by convention `<plugin>.<past-tense-verb>`: `recording.ended`
 * @param options `version` is a whole number from 1, default 1; `priority` is low, normal (default), high or critical:
 *   the order in which what waits for a durable handler is taken; `upcast` makes events of older versions ones of this
 *   version, step by step, wherever a handler of this class gets one. Without it the class has to take them as they are
 * @throws EventContractError while the class is defined, if the name, the version or the steps are wrong
 *
 * @example
 * @EventContract('recording.ended')
 * export class RecordingEnded {
 *   @IsUUID() recordingId!: string;
 * }
 */
export function EventContract(
  name: string,
  options: { readonly version?: number; readonly priority?: EventPriority; readonly upcast?: EventUpcast } = {},
): ClassDecorator {
  const { version = 1, priority, upcast } = options;
  return (eventClass) => {
    if (!isEventName(name)) {
      throw new EventContractError(
        `@EventContract on class "${eventClass.name}" has the name ${JSON.stringify(name)}`,
        NAME_RULE,
      );
    }
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new EventContractError(
        `@EventContract on class "${eventClass.name}" has no usable version`,
        'Give a whole number from 1.',
      );
    }
    if (priority !== undefined && !EVENT_PRIORITIES.includes(priority)) {
      const known = EVENT_PRIORITIES.join(', ');
      throw new EventContractError(
        `@EventContract on class "${eventClass.name}" has an unknown priority`,
        `Give one of ${known}.`,
      );
    }
    const problem = upcast === undefined ? undefined : problemOfSteps(upcast, version);
    if (problem !== undefined)
      throw new EventContractError(`@EventContract on class "${eventClass.name}" ${problem}`, STEPS_RULE);
    const steps = upcast && Object.freeze({ ...upcast });
    writeContract(
      eventClass,
      Object.freeze({ name, version, ...(priority && { priority }), ...(steps && { upcast: steps }) }),
    );
  };
}

/** A plugin may be plain JavaScript. */
function problemOfSteps(upcast: unknown, version: number): string | undefined {
  if (typeof upcast !== 'object' || upcast === null || Array.isArray(upcast))
    return 'has an `upcast` that is not an object';
  const steps = Object.entries(upcast);
  for (const [from, step] of steps) {
    const isOlder = Number.isSafeInteger(Number(from)) && Number(from) >= 1 && Number(from) < version;
    if (!isOlder) return `has an \`upcast\` from ${from}, which is not a version below ${version}`;
    if (typeof step !== 'function') return `has an \`upcast\` from ${from} that is not a function`;
  }
  // Those of the oldest versions may be left out, once nothing of them is stored.
  const oldest = Math.min(version, ...steps.map(([from]) => Number(from)));
  return steps.length === version - oldest
    ? undefined
    : `has \`upcast\` steps that do not lead from version ${oldest} to ${version}`;
}

const STEPS_RULE =
  'Give a function for each version that is left behind, without a gap up to the version of the class: { version: 3, upcast: { 1: …, 2: … } }.';

const NAME_RULE = 'Use dot-separated segments of lower-case letters, digits and dashes, for example "recording.ended".';
