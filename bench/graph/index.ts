/** The start of a graph of waiting plugins: its wall clock against its critical path. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

interface Start {
  readonly bootMs: number;
  readonly criticalPathMs: number;
  readonly serialMs: number;
}

export async function run(): Promise<BenchResult[]> {
  const [waiting = [], idle = []] = await alternate<Start>(
    new URL('case.ts', import.meta.url),
    [['waiting'], ['idle']],
    7,
  );
  const waitingMs = median(waiting.map(({ bootMs }) => bootMs));
  const idleMs = median(idle.map(({ bootMs }) => bootMs));
  const { criticalPathMs = NaN, serialMs = NaN } = waiting[0] ?? {};
  const details = { waitingMs, idleMs, criticalPathMs, serialMs };
  return [{ id: 'graph-critical-path', value: (waitingMs - idleMs) / criticalPathMs, details }, await layers()];
}

/** How the CPU time of a start and a stop grows with the number of plugins. The CPU of an empty host, which both have, is taken off. */
async function layers(): Promise<BenchResult> {
  const script = new URL('layers-case.ts', import.meta.url);
  const rounds = await alternate<{ cpuMs: number }>(script, [['0'], ['1000'], ['2000']], 3);
  const [emptyMs = NaN, at1000Ms = NaN, at2000Ms = NaN] = rounds.map((results) =>
    median(results.map(({ cpuMs }) => cpuMs)),
  );
  const details = { emptyMs, at1000Ms, at2000Ms };
  return { id: 'graph-layers', value: (at2000Ms - emptyMs) / (at1000Ms - emptyMs), details };
}
