/** CPU time of the server for one request to a route of a plugin, against the same controller as a route of the application. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const ROUNDS = 9;

/** Against a route of the same application, which the host tracks as well; and against Nest alone. */
export async function run(): Promise<BenchResult[]> {
  const measured = await alternate<{ cpuUs: number }>(
    new URL('case.ts', import.meta.url),
    [['bare'], ['native'], ['plugin']],
    ROUNDS,
  );
  const [bareUs = NaN, nativeUs = NaN, pluginUs = NaN] = measured.map((rounds) =>
    median(rounds.map(({ cpuUs }) => cpuUs)),
  );
  return [
    { id: 'http-route-beside-host', value: pluginUs / nativeUs, details: { nativeUs, pluginUs } },
    { id: 'http-route-native', value: pluginUs / bareUs, details: { bareUs, pluginUs } },
  ];
}
