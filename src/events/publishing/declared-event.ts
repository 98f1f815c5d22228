/** What a manifest lists as the events of its plugin. */
import { HOST_NAME, type EventClass } from '../../plugin/index.js';
import { EventContractError } from '../events.errors.js';
import { readContract } from '../contracts/event-contract.metadata.js';
import { isEventName } from '../contracts/event-name.js';

/**
 * The name of an entry of `emits`, and its class where it is one.
 *
 * @throws EventContractError for an entry that is no event, or an event of the host
 */
export function declaredEvent(
  plugin: string,
  entry: EventClass | string,
): [name: string, eventClass: EventClass | undefined] {
  const name = typeof entry === 'string' ? entry : readContract(entry)?.name;
  if (name === undefined || !isEventName(name)) {
    const what =
      typeof entry === 'string' ? JSON.stringify(entry) : `the class "${entry.name}", which has no @EventContract`;
    throw new EventContractError(
      `Plugin "${plugin}" lists ${what} in \`emits\``,
      'List classes with @EventContract, or names such as "recording.ended".',
    );
  }
  if (isOfHost(name) && plugin !== HOST_NAME) {
    throw new EventContractError(
      `Plugin "${plugin}" lists "${name}" in \`emits\``,
      `Choose another name: those under "${HOST_NAME}." are the host's.`,
    );
  }
  return [name, typeof entry === 'string' ? undefined : entry];
}

/** Under `panotti.`, where only the host publishes. */
export function isOfHost(name: string): boolean {
  return name.startsWith(`${HOST_NAME}.`);
}
