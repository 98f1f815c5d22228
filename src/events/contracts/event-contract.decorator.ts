/** `@EventContract` checks and records the name and the version of an event. */
import { EventContractError } from '../events.errors.js';
import { EVENT_PRIORITIES, type EventPriority, writeContract } from './event-contract.metadata.js';
import { isEventName } from './event-name.js';

/**
 * Declares a class as an event. Its class-validator decorators are checked each time an instance is published, synchronously:
 * validators that return a promise are not asked.
 *
 * @param name    dot-separated lower-case segments, by convention `<plugin>.<past-tense-verb>`: `recording.ended`
 * @param options `version` is a whole number from 1, default 1; `priority` is low, normal (default),
 *   high or critical: the order in which what waits for a durable handler is taken
 * @throws EventContractError while the class is defined, if the name or the version is wrong
 *
 * @example
 * @EventContract('recording.ended')
 * export class RecordingEnded {
 *   @IsUUID() recordingId!: string;
 * }
 */
export function EventContract(
  name: string,
  options: { readonly version?: number; readonly priority?: EventPriority } = {},
): ClassDecorator {
  const { version = 1, priority } = options;
  return (eventClass) => {
    if (!isEventName(name)) {
      throw new EventContractError(`@EventContract on class "${eventClass.name}" has the name ${JSON.stringify(name)}`, NAME_RULE);
    }
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new EventContractError(`@EventContract on class "${eventClass.name}" has no usable version`, 'Give a whole number from 1.');
    }
    if (priority !== undefined && !EVENT_PRIORITIES.includes(priority)) {
      const known = EVENT_PRIORITIES.join(', ');
      throw new EventContractError(`@EventContract on class "${eventClass.name}" has an unknown priority`, `Give one of ${known}.`);
    }
    writeContract(eventClass, Object.freeze(priority === undefined ? { name, version } : { name, version, priority }));
  };
}

const NAME_RULE = 'Use dot-separated segments of lower-case letters, digits and dashes, for example "recording.ended".';
