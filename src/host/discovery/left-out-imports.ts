/**
 * Starts a process again, in its own place and under its own id, without an import that blocked it: nothing else ends code that runs on the main
 * thread and leaves the rest of it whole. What is left out is handed on in a variable.
 */
import { type Environment, LEFT_OUT_VARIABLE, takeLeftOut } from '../../config/index.js';
import type { BlockedImport } from './import-watch.js';

/** What an earlier attempt of this process has left out. Call it before `processEnvironment`. */
export function leftOutImports(): BlockedImport[] {
  try {
    const value: unknown = JSON.parse(takeLeftOut() ?? '[]');
    return Array.isArray(value) ? value.filter(isBlockedImport) : [];
  } catch {
    return [];
  }
}

/** Returns where the system cannot replace a process. Nothing of the old one runs afterwards: no listener, and nothing that is open is closed. */
export function startAgainWithout(imports: readonly BlockedImport[], environment: Environment): void {
  const { execPath, execArgv, argv, platform } = process;
  if (platform === 'win32' || typeof process.execve !== 'function') return;
  const variables = Object.entries({ ...environment, [LEFT_OUT_VARIABLE]: JSON.stringify(imports) });
  const set = Object.fromEntries(variables.filter((entry): entry is [string, string] => entry[1] !== undefined));
  process.execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], set);
}

function isBlockedImport(value: unknown): value is BlockedImport {
  if (typeof value !== 'object' || value === null) return false;
  return 'file' in value && typeof value.file === 'string' && 'culprit' in value && typeof value.culprit === 'string';
}
