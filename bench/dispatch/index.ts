/** `publishAndWait` with everything on against `emitAsync` of `@nestjs/event-emitter` with wildcards on, 1,000 other names registered. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

interface Comparison {
  readonly name: string;
  readonly side: 'panotti' | 'validated';
  readonly handlers: number;
  readonly plugins: number;
  readonly limit: number;
}

/** Validation has no limit of its own: class-validator costs what it costs, and the peer has none. */
const COMPARISONS: readonly Comparison[] = [
  { name: 'publishAndWait / emitAsync, 1 handler', side: 'panotti', handlers: 1, plugins: 1, limit: 1.0 },
  { name: 'publishAndWait / emitAsync, 10 handlers', side: 'panotti', handlers: 10, plugins: 1, limit: 0.7 },
  { name: 'publishAndWait / emitAsync, 100 handlers', side: 'panotti', handlers: 100, plugins: 1, limit: 0.6 },
  { name: 'publishAndWait / emitAsync, 100 handlers in 10 plugins', side: 'panotti', handlers: 100, plugins: 10, limit: 0.7 },
  { name: 'publishAndWait / emitAsync, 1 handler, 10 validated properties', side: 'validated', handlers: 1, plugins: 1, limit: Infinity },
  {
    name: 'publishAndWait / emitAsync, 100 handlers, 10 validated properties',
    side: 'validated',
    handlers: 100,
    plugins: 1,
    limit: Infinity,
  },
];

const ROUNDS = 7;

/** One result for each comparison; times are medians of seven processes, in nanoseconds for one event. */
export async function run(): Promise<BenchResult[]> {
  const sizes = [...new Set(COMPARISONS.map(({ handlers }) => handlers))];
  const peers = sizes.map((handlers) => ['event-emitter', String(handlers)]);
  const own = COMPARISONS.map(({ side, handlers, plugins }) => [side, String(handlers), String(plugins)]);
  const measured = await alternate<{ ns: number }>(new URL('case.ts', import.meta.url), [...peers, ...own], ROUNDS);
  const nanoseconds = measured.map((rounds) => median(rounds.map(({ ns }) => ns)));
  return COMPARISONS.map(({ name, handlers, plugins, limit }, index) => {
    const peerNs = nanoseconds[sizes.indexOf(handlers)] ?? NaN;
    const ownNs = nanoseconds[peers.length + index] ?? NaN;
    return { name, ratio: ownNs / peerNs, limit, details: { handlers, plugins, ownNs, peerNs, rounds: ROUNDS } };
  });
}
