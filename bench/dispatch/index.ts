/** `publishAndWait` with everything on against `emitAsync` of `@nestjs/event-emitter` with wildcards on, 1,000 other names registered. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

interface Comparison {
  /** Of the limit; the validated side is compared with the unvalidated one, which is what validation costs. */
  readonly id: string;
  readonly side: 'panotti' | 'validated';
  readonly handlers: number;
  readonly plugins: number;
}

const UNVALIDATED: Comparison = { id: 'dispatch-1', side: 'panotti', handlers: 1, plugins: 1 };

const COMPARISONS: readonly Comparison[] = [
  UNVALIDATED,
  { id: 'dispatch-10', side: 'panotti', handlers: 10, plugins: 1 },
  { id: 'dispatch-100', side: 'panotti', handlers: 100, plugins: 1 },
  { id: 'dispatch-100-in-10-plugins', side: 'panotti', handlers: 100, plugins: 10 },
  { id: 'dispatch-validated-1', side: 'validated', handlers: 1, plugins: 1 },
];

const ROUNDS = 7;

/** One result for each comparison; times are medians of seven processes, in nanoseconds for one event. */
export async function run(): Promise<BenchResult[]> {
  const sizes = [...new Set(COMPARISONS.map(({ handlers }) => handlers))];
  const peers = sizes.map((handlers) => ['event-emitter', String(handlers)]);
  const own = COMPARISONS.map(({ side, handlers, plugins }) => [side, String(handlers), String(plugins)]);
  const measured = await alternate<{ ns: number }>(new URL('case.ts', import.meta.url), [...peers, ...own], ROUNDS);
  const nanoseconds = measured.map((rounds) => median(rounds.map(({ ns }) => ns)));
  const ownNsOf = (comparison: Comparison): number =>
    nanoseconds[peers.length + COMPARISONS.indexOf(comparison)] ?? NaN;
  return COMPARISONS.map((comparison) => {
    const { id, side, handlers, plugins } = comparison;
    const peerNs = side === 'validated' ? ownNsOf(UNVALIDATED) : (nanoseconds[sizes.indexOf(handlers)] ?? NaN);
    const ownNs = ownNsOf(comparison);
    return { id, value: ownNs / peerNs, details: { handlers, plugins, ownNs, peerNs, rounds: ROUNDS } };
  });
}
