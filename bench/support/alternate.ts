/** Runs cases in processes of their own, in turns, so that what disturbs the machine disturbs all of them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The last line of a case's output, read as JSON. */
export async function measureOnce<T>(script: URL, args: readonly string[]): Promise<T> {
  const { stdout } = await run(process.execPath, ['--expose-gc', script.pathname, ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}

/** For each case, its results of `rounds` rounds, in each of which every case runs once. */
export async function alternate<T>(script: URL, cases: readonly (readonly string[])[], rounds: number): Promise<T[][]> {
  const results: T[][] = cases.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, args] of cases.entries()) results[index]?.push(await measureOnce<T>(script, args));
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
