/** Writes what a long run has done and found into test/records, so that it can be told later what was tried, of which commit, and what came out. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export interface RunRecord {
  /** What ran, in words for a file name: `F-03-random-kills`. */
  readonly name: string;
  /** With which the run can be repeated. */
  readonly seed: number | string;
  /** What was done and found: kills, events, losses. */
  readonly counts: Readonly<Record<string, number>>;
  /** What happened, in its order, as far as it explains a finding. */
  readonly history?: readonly string[];
}

/** @returns the file, in `folder` */
export function writeRunRecord(
  { name, seed, counts, history = [] }: RunRecord,
  folder = join(import.meta.dirname, '../records'),
): string {
  const commit = commitOf();
  const record = { name, seed, commit, node: process.versions.node, cores: availableParallelism(), counts, history };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.${commit.slice(0, 12)}.${seed}.json`);
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  return path;
}

/** `unknown` outside of a repository; with `+` where files differ from it. */
function commitOf(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return `${git('rev-parse', '--short=11', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
