/** `@EventContract` checks and records the name and the version of an event. */
import { EventContractError } from '../events.errors.js';
import { writeContract } from './event-contract.metadata.js';
import { isEventName } from './event-name.js';

/**
 * Declares a class as an event. Its class-validator decorators are checked each time an instance is published, synchronously:
 * validators that return a promise are not asked.
 *
 * @param name    dot-separated lower-case segments, by convention `<plugin>.<past-tense-verb>`: `recording.ended`
 * @param options `version` is a whole number from 1, default 1
 * @throws EventContractError while the class is defined, if the name or the version is wrong
 *
 * @example
 * @EventContract('recording.ended')
 * export class RecordingEnded {
 *   @IsUUID() recordingId!: string;
 * }
 */
export function EventContract(name: string, options: { readonly version?: number } = {}): ClassDecorator {
  const { version = 1 } = options;
  return (eventClass) => {
    if (!isEventName(name)) {
      throw new EventContractError(`@EventContract on class "${eventClass.name}" has the name ${JSON.stringify(name)}`, NAME_RULE);
    }
    if (!Number.isSafeInteger(version) || version < 1) {
      throw new EventContractError(`@EventContract on class "${eventClass.name}" has no usable version`, 'Give a whole number from 1.');
    }
    writeContract(eventClass, Object.freeze({ name, version }));
  };
}

const NAME_RULE = 'Use dot-separated segments of lower-case letters, digits and dashes, for example "recording.ended".';
