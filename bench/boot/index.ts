/** Boot of 100 features of five providers and a controller: as plugins, against the same as static Nest modules. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const ROUNDS = 11;

/**
 * Against an application that carries the host, with its logs, metrics and health, as well; and, with a limit of our own, against Nest with
 * nothing but the features, which has the whole fixed cost of the host in it.
 */
export async function run(): Promise<BenchResult[]> {
  const measured = await alternate<{ bootMs: number }>(new URL('case.ts', import.meta.url), [['bare'], ['plain'], ['plugins']], ROUNDS);
  const [bareMs = NaN, hostMs = NaN, pluginsMs = NaN] = measured.map((rounds) => median(rounds.map(({ bootMs }) => bootMs)));
  return [
    { name: 'boot of 100 plugins / 100 modules beside the host', ratio: pluginsMs / hostMs, limit: 1.3, details: { hostMs, pluginsMs } },
    { name: 'boot of 100 plugins / 100 modules in bare Nest', ratio: pluginsMs / bareMs, limit: 1.5, details: { bareMs, pluginsMs } },
  ];
}
