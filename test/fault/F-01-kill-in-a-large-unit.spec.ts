import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/storage/index.js';
import { lossesIn, runVictim } from '../support/store-victim.js';

const RECORDS = 20_000;
/** Slices of the unit of test/fixtures/store/victim.mjs. */
const SLICES = [1, 2, 20, 40];
const MORE_SLICES = process.env['PANOTTI_TEST_FULL'] === '1' ? Array.from({ length: 36 }, (_, at) => at + 3) : [];

describe('F-01 the process is killed while a large unit is written in slices', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'panotti-f01-'))));
  afterEach(() => rm(directory, { recursive: true }));

  async function found(path: string): Promise<{ ids: string[]; records: number }> {
    const store = await SqliteStore.open({ path });
    const { entries } = await store.readLog({ after: 0 });
    let next = await store.verify();
    while (next !== undefined) next = await store.verify(next);
    const totals = await store.totals('imported');
    expect(await store.parked()).toEqual([]);
    await store.close();
    return {
      ids: entries.filter(({ name }) => name === 'victim.imported').map(({ id }) => id),
      records: totals[0]?.count ?? 0,
    };
  }

  it.each([...SLICES, ...MORE_SLICES].map((slice) => `unit-applied:${slice}`).concat('before-commit:1'))(
    'F-01 at %s nothing of it is left, and everything that was acknowledged before it is there',
    async (death) => {
      const path = join(directory, 'store.db');
      const { lines, exitCode } = await runVictim({ path, mode: 'import', turns: 2, death });

      expect(exitCode).toBeUndefined();
      expect(lines.filter((line) => line.startsWith('ok '))).toEqual([
        'ok 1-a',
        'ok 1-b',
        'ok 2-a',
        'ok 2-b',
        'ok before',
      ]);
      expect(await lossesIn(path, lines)).toEqual([]);
      expect(await found(path)).toEqual({ ids: ['before'], records: 0 });
    },
  );

  it('F-01 at after-commit:1 all of it is there, although nothing was acknowledged', async () => {
    const path = join(directory, 'store.db');
    const { lines, exitCode } = await runVictim({ path, mode: 'import', turns: 2, death: 'after-commit:1' });

    expect(exitCode).toBeUndefined();
    expect(lines.at(-1)).toBe('ok before');
    expect(await lossesIn(path, lines)).toEqual([]);
    expect(await found(path)).toEqual({ ids: ['before', 'large'], records: RECORDS });
  });

  it('F-01 at no step all of it is there, and what waited behind it', async () => {
    const path = join(directory, 'store.db');
    const { lines, exitCode } = await runVictim({ path, mode: 'import', turns: 2 });

    expect(exitCode).toBe(0);
    expect(lines.slice(-4)).toEqual(['ok before', 'ok large', 'ok behind', 'closed']);
    expect(await found(path)).toEqual({ ids: ['before', 'large', 'behind'], records: RECORDS });
  });
});
