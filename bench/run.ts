/** Runs the benchmarks, or those named as arguments, prints a table and keeps the results in bench/results. Ends with 1 when one is over its limit. */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { BenchResult } from './support/bench-result.ts';

const SUITES = ['dispatch', 'boot', 'graph', 'restart', 'http', 'audio', 'config', 'durable'];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : SUITES;
const unknown = chosen.filter((name) => !SUITES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; known are ${SUITES.join(', ')}.`);
  process.exit(64);
}

const results: BenchResult[] = [];
for (const name of chosen) {
  console.error(`Running ${name} …`);
  const { run } = (await import(`./${name}/index.ts`)) as { run: () => Promise<BenchResult[]> };
  const suite = await run();
  results.push(...suite);
  await mkdir(new URL('results/', import.meta.url), { recursive: true });
  const record = { node: process.versions.node, cores: cpus().length, results: suite };
  await writeFile(new URL(`results/${name}.json`, import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
}

console.table(
  results.map(({ name, ratio, limit }) => ({
    benchmark: name,
    ratio: Number(ratio.toFixed(3)),
    limit,
    verdict: ratio <= limit ? 'within' : 'OVER',
  })),
);
process.exit(results.every(({ ratio, limit }) => ratio <= limit) ? 0 : 1);
