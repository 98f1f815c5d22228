/** The start of a graph of waiting plugins: its wall clock against its critical path. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

interface Start {
  readonly bootMs: number;
  readonly criticalPathMs: number;
  readonly serialMs: number;
}

export async function run(): Promise<BenchResult[]> {
  const [waiting = [], idle = []] = await alternate<Start>(new URL('case.ts', import.meta.url), [['waiting'], ['idle']], 7);
  const waitingMs = median(waiting.map(({ bootMs }) => bootMs));
  const idleMs = median(idle.map(({ bootMs }) => bootMs));
  const { criticalPathMs = NaN, serialMs = NaN } = waiting[0] ?? {};
  const details = { waitingMs, idleMs, criticalPathMs, serialMs };
  return [{ name: 'start of a waiting graph / its critical path', ratio: (waitingMs - idleMs) / criticalPathMs, limit: 1.05, details }];
}
