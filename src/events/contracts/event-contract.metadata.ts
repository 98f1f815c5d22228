/** Stores contracts on event classes and is the only reader of them. */
import 'reflect-metadata';

/** The order in which what waits for a durable handler is taken, from the last to the first. */
export const EVENT_PRIORITIES = ['low', 'normal', 'high', 'critical'] as const;

export type EventPriority = (typeof EVENT_PRIORITIES)[number];

/** Name and version of an event. */
export interface EventContractDetails {
  readonly name: string;
  /** A whole number from 1; raised when the shape changes in a way that old handlers do not understand. */
  readonly version: number;
  /** The order of what waits for a durable handler: the more important first. Default `normal`. */
  readonly priority?: EventPriority | undefined;
  readonly upcast?: EventUpcast | undefined;
}

/**
 * Steps by the version that they start from: each makes the plain data of the next version. Must not be asynchronous; may change `old`, which is a
 * copy.
 */
export type EventUpcast = Readonly<Record<number, (old: never) => unknown>>;

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const CONTRACT = Symbol.for('panotti:event-contract:v1');

export function writeContract(eventClass: object, contract: EventContractDetails): void {
  Reflect.defineMetadata(CONTRACT, contract, eventClass);
}

/** The contract of an event class, also where a parent of it was decorated; `undefined` for anything else. */
export function readContract(candidate: unknown): EventContractDetails | undefined {
  if (typeof candidate !== 'function') return undefined;
  return Reflect.getMetadata(CONTRACT, candidate) as EventContractDetails | undefined;
}
