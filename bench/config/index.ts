/** Loading and validating the configuration of many plugins: its CPU time, and how it grows with their number. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

export async function run(): Promise<BenchResult[]> {
  const rounds = await alternate<{ cpuMs: number }>(new URL('case.ts', import.meta.url), [['200'], ['400']], 7);
  const [at200Ms = NaN, at400Ms = NaN] = rounds.map((results) => median(results.map(({ cpuMs }) => cpuMs)));
  const details = { at200Ms, at400Ms, rounds: rounds.map((results) => results.map(({ cpuMs }) => cpuMs)) };
  return [
    { id: 'config-200', value: at200Ms, details },
    { id: 'config-growth', value: at400Ms / at200Ms, details },
  ];
}
