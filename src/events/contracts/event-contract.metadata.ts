/** Stores contracts on event classes and is the only reader of them. */
import 'reflect-metadata';

/** What an event is called and which shape of it this is. */
export interface EventContractDetails {
  readonly name: string;
  /** A whole number from 1; raised when the shape changes in a way that old handlers do not understand. */
  readonly version: number;
}

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
