/** Runs test/fixtures/store/victim.mjs, alone or under strace, and checks what it has left behind. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';

const VICTIM = join(import.meta.dirname, '../fixtures/store/victim.mjs');

/** Optional on a machine; where it is missing its tests are skipped by name. */
export const hasStrace = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0;

export interface VictimRun {
  readonly lines: readonly string[];
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  /** What strace has seen, a system call a line. */
  readonly calls: readonly string[];
}

export interface VictimCommand {
  readonly path: string;
  readonly mode: 'hold' | 'write' | 'migrate' | 'reseal' | 'import';
  readonly turns?: number;
  /** At which step of an `import`, and how often it has been reached by then, the process kills itself: `unit-applied:3`. */
  readonly death?: string;
  /** System calls on the files of the store, and what strace does with them. */
  readonly inject?: { readonly calls: string; readonly what: string } | undefined;
}

export async function runVictim({ path, mode, turns = 4, death = '', inject }: VictimCommand): Promise<VictimRun> {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', VICTIM, path, mode, String(turns), death];
  const command = inject ? ['strace', ...straceArguments(path, inject), ...node] : node;
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let calls = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (calls += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { lines: linesOf(out), exitCode: code === null || code >= 128 ? undefined : code, calls: linesOf(calls) };
}

function straceArguments(path: string, { calls, what }: { calls: string; what: string }): string[] {
  // Without its threads, which starts faster: SQLite is called by the main one.
  return ['-qq', '-P', path, '-P', `${path}-wal`, '-e', `trace=${calls}`, '-e', `inject=${calls}:${what}`];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** What is wrong with the store after the victim's end, in words; nothing when it holds all that the victim knew to be stored. */
export async function lossesIn(path: string, lines: readonly string[]): Promise<string[]> {
  await using store = disposable(await SqliteStore.open({ path }));
  const { entries, damaged } = await store.readLog({ after: 0 });
  const ids = new Set(entries.map(({ id }) => id));
  const handled = new Set((await store.scan({ table: 'handled', scope: 's' })).records.map(({ key }) => Number(key)));
  const cursor = (await store.cursors()).get('s') ?? { position: 0, above: [] };
  const acknowledged = new Set(
    entries.map(({ position }) => position).filter((position) => position <= cursor.position),
  );
  for (const [first, last] of cursor.above)
    for (let position = first; position <= last; position++) acknowledged.add(position);
  return [
    ...lines.flatMap((line) => (line.startsWith('ok ') && !ids.has(line.slice(3)) ? [`lost: ${line}`] : [])),
    ...lines.flatMap((line) =>
      line.startsWith('handled ') && !handled.has(Number(line.slice(8))) ? [`lost: ${line}`] : [],
    ),
    ...[...handled]
      .filter((position) => !acknowledged.has(position))
      .map((position) => `half: ${position} changed, not acknowledged`),
    ...[...acknowledged]
      .filter((position) => !handled.has(position))
      .map((position) => `half: ${position} acknowledged, not changed`),
    ...[...damaged, ...(await store.parked())].map((damage) => `damaged: ${JSON.stringify(damage)}`),
  ];
}

function disposable(store: SqliteStore): SqliteStore & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
