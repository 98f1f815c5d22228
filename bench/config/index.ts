/** Loading and validating the configuration of many plugins: its CPU time beside the least that does it by hand, and how it grows with their number. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const CASES = [
  ['panotti', '200'],
  ['peer', '200'],
  ['panotti', '400'],
] as const;

export async function run(): Promise<BenchResult[]> {
  const rounds = await alternate<{ cpuMs: number }>(new URL('case.ts', import.meta.url), CASES, 7);
  const [at200Ms = NaN, peerMs = NaN, at400Ms = NaN] = rounds.map((results) =>
    median(results.map(({ cpuMs }) => cpuMs)),
  );
  const details = { at200Ms, peerMs, at400Ms, rounds: rounds.map((results) => results.map(({ cpuMs }) => cpuMs)) };
  return [
    { id: 'config-peer', value: at200Ms / peerMs, details },
    { id: 'config-growth', value: at400Ms / at200Ms, details },
  ];
}
