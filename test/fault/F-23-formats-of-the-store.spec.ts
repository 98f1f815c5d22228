import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteStore } from '../../src/storage/index.js';
import { hasStrace, runVictim } from '../support/store-victim.js';
import { itWhere } from '../support/it-where.js';

const CALLS = 'openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink';

describe('F-23 the format of a store', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'panotti-f23-'));
    path = join(directory, 'old', 'store.db');
    expect((await runVictim({ path, mode: 'write', turns: 2 })).exitCode).toBe(0);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('that is newer than the server is refused, and every file is as it was to the byte', async () => {
    expect((await runVictim({ path, mode: 'migrate' })).exitCode).toBe(0);
    const before = await contentsOf(join(directory, 'old'));

    await expect(SqliteStore.open({ path })).rejects.toMatchObject({
      code: 'STORE_TOO_NEW',
      message: expect.stringContaining('has the format 3'),
    });
    expect(await contentsOf(join(directory, 'old'))).toEqual(before);
  });

  it('that is newer only in the journal of a killed server is refused as well, with store and journal as they were', async () => {
    const { exitCode } = await runVictim({
      path,
      mode: 'migrate',
      inject: { calls: 'unlink', what: 'signal=SIGKILL:when=1' },
    });
    expect(exitCode === undefined || !hasStrace).toBe(true);
    const before = await contentsOf(join(directory, 'old'));

    await expect(SqliteStore.open({ path })).rejects.toMatchObject({ code: 'STORE_TOO_NEW' });
    expect(await contentsOf(join(directory, 'old'))).toMatchObject(before);
  });

  itWhere(hasStrace)(
    'is the old, the next or the newest one after a kill at any system call of its migration, and the next start completes it (strace)',
    async () => {
      const problems: string[] = [];
      let points = 0;
      for (let when = 1; ; when++) {
        const folder = join(directory, String(when));
        await cp(join(directory, 'old'), folder, { recursive: true });
        const copy = join(folder, 'store.db');
        const killed = await runVictim({
          path: copy,
          mode: 'migrate',
          inject: { calls: CALLS, what: `signal=SIGKILL:when=${when}` },
        });
        const resumed = await runVictim({ path: copy, mode: 'migrate' });
        if (resumed.exitCode !== 0) problems.push(`call ${when}: ${resumed.lines.join(' ')}`);
        using db = new DatabaseSync(copy, { readOnly: true });
        const ids = db
          .prepare('SELECT text FROM extra ORDER BY id')
          .all()
          .map(({ text }) => text);
        if (ids.join(' ') !== '1-a 1-b 2-a 2-b') problems.push(`call ${when}: ${ids.join(' ')}`);
        if (killed.exitCode === 0) break;
        points++;
      }

      expect(problems).toEqual([]);
      expect(points).toBeGreaterThan(15);
    },
    900_000,
  );
});

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')] as const),
    ),
  );
}
