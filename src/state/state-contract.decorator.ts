/** `@StateContract` records the version of a state class and how older values are carried on. */
import { StateContractError } from './state.errors.js';
import { writeStateContract, type StateContractOptions } from './state-contract.metadata.js';

/**
 * Declares the version of a class that stands in `state` or `stores` of a manifest. A class without it has version 1.
 *
 * When a plugin starts, what is stored in an older version is carried on step by step; nothing is written unless every step succeeds and
 * the result satisfies the class.
 *
 * @throws StateContractError while the class is defined
 *
 * @example
 * @StateContract({ version: 2, migrations: { 1: (old: { count: number }) => ({ total: old.count }) } })
 * class CounterState {
 *   @IsInt() total: number = 0;
 * }
 */
export function StateContract(options: StateContractOptions): ClassDecorator {
  return (stateClass) => {
    const problem = problemOf(options);
    if (problem) throw new StateContractError(stateClass.name, problem);
    writeStateContract(stateClass, { version: options.version, migrations: { ...options.migrations } });
  };
}

function problemOf({ version, migrations = {} }: StateContractOptions): string | undefined {
  if (!Number.isSafeInteger(version) || version < 1) return 'the version must be a whole number from 1';
  for (const [from, migration] of Object.entries(migrations)) {
    if (!(Number(from) >= 1 && Number(from) < version))
      return `there is a migration from ${from}, which is not a version below ${version}`;
    if (typeof migration !== 'function') return `the migration from ${from} is no function`;
  }
  return undefined;
}
