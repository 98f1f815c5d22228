import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { ServerProcess } from '../support/server-process.js';
import { waitFor } from '../support/wait-for.js';
import { runVictim } from '../support/store-victim.js';

const KILLS = process.env['PANOTTI_TEST_FULL'] === '1' ? 100 : 5;
const VICTIM = join(import.meta.dirname, '../fixtures/store/victim.mjs');

describe('F-16 a store that is open elsewhere', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'panotti-f16-'));
    path = join(directory, 'store.db');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('ends a second server with 75, which names the process and the machine that has it', async () => {
    await using first = await ServerProcess.started();
    const env = { PANOTTI_DATA_DIR: join(first.directory, 'data') };
    await using second = await ServerProcess.spawn({ env });

    // Not for its exit alone: a server that was let in would never end.
    await waitFor(() => second.child.exitCode !== null);
    expect(await second.exitCode()).toBe(75);
    // The one message, and nothing of what was being built.
    expect(second.stdout).toBe('');
    expect(second.stderr).toMatch(/^STORE_LOCKED: [^\n]+\n {2}Fix: [^\n]+\n$/);
    expect(second.stderr).toContain(
      `STORE_LOCKED: The store ${join(env.PANOTTI_DATA_DIR, 'panotti/store.db')} is open in process ${first.child.pid} on ${hostname()}.`,
    );
  });

  it('is refused to a second process, and to this one, and can be used on by the first', async () => {
    const store = await SqliteStore.open({ path });
    const { exitCode, lines } = await runVictim({ path, mode: 'write' });

    expect(exitCode).toBe(75);
    expect(lines[0]).toContain(`is open in process ${process.pid} on ${hostname()}.`);
    await expect(SqliteStore.open({ path })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    expect((await runVictim({ path, mode: 'write' })).exitCode).toBe(75);
    await expect(store.commit([{ op: 'append', id: 'a', name: 'n', time: 1, body: '{}' }])).resolves.toMatchObject({
      positions: [1],
    });
    await store.close();
  });

  it(`opens as fast as after an orderly end once its holder was killed, ${KILLS} times of ${KILLS}`, async () => {
    const [killed, orderly]: [number[], number[]] = [[], []];
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [VICTIM, path, 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = once(child, 'exit');
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await exited;
      killed.push(await openingMs(path));
      orderly.push(await openingMs(path));
    }

    // A lock that must first run out would take seconds; reading the journal takes a little.
    expect(median(killed) / median(orderly)).toBeLessThan(20);
  });
});

async function openingMs(path: string): Promise<number> {
  const startedMs = performance.now();
  const store = await SqliteStore.open({ path });
  const tookMs = performance.now() - startedMs;
  await store.close();
  return tookMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
