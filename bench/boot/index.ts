/** Boot of 100 features of five providers and a controller: as plugins, against the same as static Nest modules. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const ROUNDS = 11;

/**
 * Against an application that carries the host, with its logs, metrics and health, as well; and against Nest with
 * nothing but the features, which has the whole fixed cost of the host in it.
 */
export async function run(): Promise<BenchResult[]> {
  const measured = await alternate<{ bootMs: number }>(
    new URL('case.ts', import.meta.url),
    [['bare'], ['plain'], ['plugins']],
    ROUNDS,
  );
  const [bareMs = NaN, hostMs = NaN, pluginsMs = NaN] = measured.map((rounds) =>
    median(rounds.map(({ bootMs }) => bootMs)),
  );
  return [
    { id: 'boot-beside-host', value: pluginsMs / hostMs, details: { hostMs, pluginsMs } },
    { id: 'boot-beside-host-lean', value: pluginsMs / hostMs, details: { hostMs, pluginsMs } },
    { id: 'boot-bare', value: pluginsMs / bareMs, details: { bareMs, pluginsMs } },
  ];
}
