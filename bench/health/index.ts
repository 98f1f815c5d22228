/** Health with 50 plugins, against an empty route of Fastify. Requests a second of a server that is busy are the inverse of CPU for one request. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const ROUNDS = 5;

export async function run(): Promise<BenchResult[]> {
  const measured = await alternate<{ cpuUs: number }>(
    new URL('case.ts', import.meta.url),
    [['fastify'], ['health'], ['ready']],
    ROUNDS,
  );
  const [emptyUs = NaN, healthUs = NaN, readyUs = NaN] = measured.map((rounds) =>
    median(rounds.map(({ cpuUs }) => cpuUs)),
  );
  const details = { emptyUs, healthUs, readyUs, rounds: ROUNDS };
  return [{ id: 'health-rate', value: emptyUs / Math.max(healthUs, readyUs), details }];
}
