/**
 * `npm run build && node test/support/stores/write-stores.ts format-<n> [scenario …]`: has the built server write a store for each scenario into
 * test/fixtures/stores/format-<n>, and beside it what every later build must find there. See the README of that folder.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Memory } from './ledger.ts';
import { SCENARIOS } from './scenarios.ts';
import { readContents, type Expected, type StoreReader } from './store-contents.ts';

const execute = promisify(execFile);
const RUN = join(import.meta.dirname, 'run-ledger.ts');
const FIXTURES = join(import.meta.dirname, '../../fixtures/stores');

const [folder, ...chosen] = process.argv.slice(2);
if (folder === undefined) throw new RangeError('Name the folder, such as format-2.');
const reader = await builtReader();
for (const name of chosen.length > 0 ? chosen : Object.keys(SCENARIOS)) await write(name, join(FIXTURES, folder, name));

async function write(name: string, target: string): Promise<void> {
  const scenario = SCENARIOS[name];
  if (!scenario) throw new RangeError(`There is no scenario ${name}.`);
  const scratch = await mkdtemp(join(tmpdir(), 'panotti-stores-'));
  try {
    const data = join(scratch, 'data');
    for (const [index, { isKilled = false }] of scenario.runs.entries()) await play(name, index, data, isKilled);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    const files = (await readdir(join(data, 'panotti'))).filter((file) => /^store\.db(|-wal|\.json)$/.test(file));
    for (const file of files) await cp(join(data, 'panotti', file), join(target, file));
    await writeFile(join(target, 'expected.json'), `${JSON.stringify(await expected(name, data, scratch), null, 2)}\n`);
    process.stdout.write(`${name}: ${files.join(', ')}\n`);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function play(name: string, run: number, data: string, isKilled: boolean): Promise<void> {
  try {
    await execute(process.execPath, [RUN, name, String(run), data]);
  } catch (error) {
    if (!isKilled || (error as { signal?: string }).signal !== 'SIGKILL') throw error;
  }
}

/** Looks at copies: a store that has been opened is not the one that was left behind. */
async function expected(name: string, data: string, scratch: string): Promise<Expected> {
  const key = SCENARIOS[name]?.key;
  await cp(data, join(scratch, 'contents'), { recursive: true });
  await cp(data, join(scratch, 'memory'), { recursive: true });
  const contents = await readContents(join(scratch, 'contents/panotti/store.db'), key, reader);
  const { stdout } = await execute(process.execPath, [RUN, name, 'remember', join(scratch, 'memory')]);
  return { key: key ?? null, ...contents, ...(JSON.parse(stdout) as Memory) };
}

async function builtReader(): Promise<StoreReader> {
  const rooms = ['common', 'events', 'storage'].map(async (room) => {
    return [room, await import(new URL(`../../../dist/${room}/index.js`, import.meta.url).href)] as const;
  });
  return Object.fromEntries(await Promise.all(rooms)) as unknown as StoreReader;
}
