/**
 * Runs the benchmarks, or those named as arguments, prints a table and keeps the results in bench/results. With `--check` the table has every limit
 * of bench/budgets.json. Ends with 1 when a limit is missed that was met before.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { BenchResult } from './support/bench-result.ts';
import { judge, readBudgets, tableOf } from './support/budgets.ts';

const budgets = readBudgets();
const suites = [...new Set(budgets.flatMap(({ measuredBy }) => measuredBy ?? []))];
const isCheck = process.argv.includes('--check');
const named = process.argv.slice(2).filter((argument) => argument !== '--check');
const unknown = named.filter((name) => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; known are ${suites.join(', ')}.`);
  process.exit(64);
}
const chosen = named.length > 0 ? named : suites;

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

const isMeant = (measuredBy: string | null): boolean =>
  measuredBy === null ? isCheck && named.length === 0 : chosen.includes(measuredBy);
const judgements = judge(
  budgets.filter(({ measuredBy }) => isMeant(measuredBy)),
  results,
);
console.table(tableOf(judgements));
for (const { budget } of judgements.filter(({ verdict }) => verdict === 'met now'))
  console.error(`${budget.id} is met: set "met": true in bench/budgets.json, so that it stays so.`);
process.exit(judgements.some(({ verdict }) => verdict === 'missed') ? 1 : 0);
