/** Records of long runs, in test/records: what was run, on which commit, and what came out. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MOST_RUNS = 10;

export interface TestRecord {
  readonly seed: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** Writes the newest run into test/records/<name>.json, before a summary of the ones before. */
export function writeTestRecord(name: string, { seed, counts, faults }: TestRecord): void {
  const path = join(ROOT, 'test/records', `${name}.json`);
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  const { history = [], ...latest } = readRecord(path);
  const before = 'commit' in latest ? [{ ...latest, faults: (latest as { faults?: unknown[] }).faults?.length ?? 0 }, ...history] : history;
  const record = { commit, seed, counts, faults, history: before.slice(0, MOST_RUNS) };
  mkdirSync(join(ROOT, 'test/records'), { recursive: true });
  writeFileSync(path, `${JSON.stringify(record, undefined, 2)}\n`);
}

function readRecord(path: string): { readonly history?: readonly object[] } {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { history?: object[] };
  } catch {
    // The first run.
    return {};
  }
}
