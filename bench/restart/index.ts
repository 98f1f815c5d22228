/** A restart of one plugin of five providers, a controller and a handler, while it serves: its time, and what ten thousand of them leave behind. */
import { measureOnce } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const LIMIT_MS = 5;
const LIMIT_BYTES = 2_000_000;
const RESTARTS = 10_000;

export async function run(): Promise<BenchResult[]> {
  const details = await measureOnce<{ restartMs: number; grownBytes: number }>(new URL('case.ts', import.meta.url), [String(RESTARTS)]);
  return [
    { name: 'restart of a plugin / 5 ms', ratio: details.restartMs / LIMIT_MS, limit: 1, details },
    { name: `heap grown by ${RESTARTS} restarts / 2 MB`, ratio: Math.max(0, details.grownBytes) / LIMIT_BYTES, limit: 1, details },
  ];
}
