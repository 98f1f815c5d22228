/** A restart of one plugin of five providers, a controller and a handler, while it serves: its time, and what ten thousand of them leave behind. */
import { measureOnce } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const RESTARTS = 10_000;

export async function run(): Promise<BenchResult[]> {
  const details = await measureOnce<{ restartMs: number; grownBytes: number }>(new URL('case.ts', import.meta.url), [
    String(RESTARTS),
  ]);
  return [
    { id: 'restart-time', value: details.restartMs, details },
    { id: 'restart-heap', value: Math.max(0, details.grownBytes), details },
  ];
}
