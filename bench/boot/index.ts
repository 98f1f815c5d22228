/** Boot of 100 features of five providers and a controller: as plugins, against the same as static Nest modules. */
import { alternate, median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

export async function run(): Promise<BenchResult[]> {
  const [plain = [], plugins = []] = await alternate<{ bootMs: number }>(new URL('case.ts', import.meta.url), [['plain'], ['plugins']], 11);
  const plainMs = median(plain.map(({ bootMs }) => bootMs));
  const pluginsMs = median(plugins.map(({ bootMs }) => bootMs));
  return [{ name: 'boot of 100 plugins / 100 static modules', ratio: pluginsMs / plainMs, limit: 1.3, details: { plainMs, pluginsMs } }];
}
