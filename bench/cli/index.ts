/** The CPU of commands of the shell as whole processes, beside a start of Node that does nothing, in turns. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../support/alternate.ts';
import type { BenchResult } from '../support/bench-result.ts';

const ROUNDS = 10;
const ROOT = new URL('../../', import.meta.url);
const PANOTTI = fileURLToPath(new URL('dist/cli/panotti.js', ROOT));
/** Tells at the end what the process has used, threads included, in microseconds. */
const MEASURED = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); fs.writeSync(2, '\\n' + (user + system)); }); import fs from 'node:fs';",
)}`;

const CASES: Readonly<Record<string, readonly string[]>> = {
  bare: ['-e', '0'],
  version: [PANOTTI, '--version'],
  help: [PANOTTI, '--help'],
  unknown: [PANOTTI, 'unknown'],
  list: [PANOTTI, 'plugins', 'list'],
};

/** One result for each limit, from medians of processes that run in turns. */
export async function run(): Promise<BenchResult[]> {
  const measured = Object.keys(CASES).map((name) => [name, [] as number[]] as const);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, values] of measured) values.push(cpuUs(CASES[name] ?? []));
  }
  const cpu = Object.fromEntries(measured.map(([name, values]) => [name, median(values)]));
  const times = (name: string): number => (cpu[name] ?? NaN) / (cpu['bare'] ?? NaN);
  const details = { ...cpu, rounds: ROUNDS };
  return [
    { id: 'cli-version-cpu', value: Math.max(times('version'), times('help'), times('unknown')), details },
    { id: 'cli-list-cpu', value: times('list'), details },
  ];
}

function cpuUs(args: readonly string[]): number {
  const { stderr } = spawnSync(process.execPath, ['--import', MEASURED, ...args], {
    cwd: fileURLToPath(ROOT),
    encoding: 'utf8',
  });
  return Number(stderr.trim().split('\n').at(-1));
}
