/** The only place that reads the environment of the process. */
import type { Origin } from './configuration-problem.js';

/** Names to values. A variable that is not set is absent or `undefined`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A copy of the environment as it is now, so that later changes of `process.env` change nothing. */
export function processEnvironment(): Environment {
  return Object.freeze({ ...process.env });
}

/**
 * Takes the key of encrypted values out of the environment of the process, so that programs which plugins start do not inherit it.
 * Call it after `processEnvironment`, whose copy keeps the key.
 */
export function forgetConfigurationKey(): void {
  delete process.env['PANOTTI_CONFIG_KEY'];
}

/** The value of a variable; names such as `constructor` find nothing that is inherited. */
export function variable(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}

/** The variable by which a process that starts itself again learns what to leave out. */
export const LEFT_OUT_VARIABLE = 'PANOTTI_IMPORTS_LEFT_OUT';

/** Its value, which is taken out of the environment of the process; call it before `processEnvironment`. */
export function takeLeftOut(): string | undefined {
  const value = process.env[LEFT_OUT_VARIABLE];
  delete process.env[LEFT_OUT_VARIABLE];
  return value;
}

/** Stands where a file's name would. */
export const ENVIRONMENT_LABEL = '(environment)';

/** The place of a value that a variable gave. */
export function environmentOrigin(name: string): Origin {
  return { file: ENVIRONMENT_LABEL, line: 1, column: 1, variable: name };
}
