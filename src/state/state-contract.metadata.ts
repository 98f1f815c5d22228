/** Stores the version and the migrations of a state class, and is the only reader of them. */
import 'reflect-metadata';

export interface StateContractOptions {
  /** From 1. Raise it when stored values have to be changed to fit the class. */
  readonly version: number;
  /** By the version that is left behind: makes the plain data of the next version from it. May be asynchronous; must not change `old`. */
  readonly migrations?: Readonly<Record<number, (old: never) => unknown>>;
}

/** A registered symbol, so that a class decorated by a second copy of this package is understood too. */
const CONTRACT = Symbol.for('panotti:state-contract:v1');

export function writeStateContract(stateClass: object, contract: StateContractOptions): void {
  Reflect.defineMetadata(CONTRACT, contract, stateClass);
}

/** Version 1 without migrations for a class without a decorator. */
export function readStateContract(stateClass: object): StateContractOptions {
  return (Reflect.getOwnMetadata(CONTRACT, stateClass) as StateContractOptions | undefined) ?? { version: 1 };
}
