/** Loading and validating the configuration of many plugins: its CPU time, and how it grows with their number. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

/** What two hundred plugins with twenty options each may cost. */
const BUDGET_MS = 250;
/** Twice as many plugins; a tenth more than twice as much for the noise of two short measurements. */
const MOST_GROWTH = 2.2;

export async function run(): Promise<BenchResult[]> {
  const rounds = await alternate<{ cpuMs: number }>(new URL('case.ts', import.meta.url), [['200'], ['400']], 7);
  const [at200Ms = NaN, at400Ms = NaN] = rounds.map((results) => median(results.map(({ cpuMs }) => cpuMs)));
  const details = { at200Ms, at400Ms, rounds: rounds.map((results) => results.map(({ cpuMs }) => cpuMs)) };
  return [
    { name: `configuration of 200 plugins / ${BUDGET_MS} ms of CPU`, ratio: at200Ms / BUDGET_MS, limit: 1, details },
    { name: 'configuration of 400 plugins / of 200 plugins', ratio: at400Ms / at200Ms, limit: MOST_GROWTH, details },
  ];
}
