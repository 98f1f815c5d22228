/**
 * The closed loop of durable events: publish, on the disk, handled, with the acknowledgement on its way, 300 bytes, fsync on. The ratio is the
 * wanted rate to the one measured, which the disk decides as much as the code: to be run on a machine that does nothing else.
 */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

interface Measurement {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly loopDelayP99Ms: number;
}

const CASES = [
  { name: 'durable closed loop, 100 in flight, 1 subscription', arguments: ['1', '100', '1000'], wanted: 50_000 },
  { name: 'durable closed loop, 100 in flight, 20 subscriptions', arguments: ['20', '100', '1000'], wanted: 20_000 },
];

const ROUNDS = 3;

/** One result for each case, from the medians of three processes. */
export async function run(): Promise<BenchResult[]> {
  const measured = await alternate<Measurement>(
    new URL('case.ts', import.meta.url),
    CASES.map((each) => each.arguments),
    ROUNDS,
  );
  return CASES.map(({ name, wanted }, index) => {
    const rounds = measured[index] ?? [];
    const perSecond = median(rounds.map((round) => round.perSecond));
    const p99Ms = median(rounds.map((round) => round.p99Ms));
    const loopDelayP99Ms = median(rounds.map((round) => round.loopDelayP99Ms));
    return { name, ratio: wanted / perSecond, limit: 1, details: { perSecond, p99Ms, loopDelayP99Ms, rounds: ROUNDS } };
  });
}
