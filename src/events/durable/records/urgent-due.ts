/** The times of records that overtake: in front of everything that has a time, in milliseconds since 1970. */
import type { EventPriority } from '../../contracts/event-contract.metadata.js';

const DUE: Readonly<Partial<Record<EventPriority, number>>> = { critical: 1, high: 2 };

/** `undefined`: the priority overtakes nothing in the store. */
export function urgentDue(priority: EventPriority): number | undefined {
  return DUE[priority];
}

export function isUrgent(due: number): boolean {
  return due <= 2;
}
