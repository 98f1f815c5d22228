import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NoStoreObserver, SqliteStore, type Store } from '../../src/storage/index.js';
import { hasStrace, lossesIn, runVictim } from '../support/store-victim.js';

class Fullness extends NoStoreObserver {
  readonly changes: boolean[] = [];
  override fullnessChanged(isFull: boolean): void {
    this.changes.push(isFull);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'panotti-f04-'));
const small = join(directory, 'small');
spawnSync('mkdir', [small]);
/** Only root may mount; elsewhere strace stands in for the full disk. */
const canMount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status === 0;

afterAll(() => {
  if (canMount) spawnSync('umount', [small]);
  rmSync(directory, { recursive: true });
});

const append = (store: Store, id: string): Promise<unknown> =>
  store.commit([{ op: 'append', id, name: 'a.happened', time: 1, body: 'x'.repeat(10_000) }]);

describe('F-04 a store whose disk is full', () => {
  if (canMount) {
    it('refuses what does not fit, is read on, takes more once there is space, and has lost nothing', async () => {
      const path = join(small, 'store.db');
      const filler = join(small, 'filler');
      const observer = new Fullness();
      const store = await SqliteStore.open({ path, observer });
      writeFileSync(filler, Buffer.alloc(400_000));
      const stored: string[] = [];
      const refusals: unknown[] = [];
      for (let at = 0; refusals.length === 0 && at < 1_000; at++) {
        await append(store, `e${at}`).then(
          () => stored.push(`e${at}`),
          (error: unknown) => refusals.push(error),
        );
      }

      expect(refusals).toMatchObject([{ code: 'STORE_FULL' }]);
      expect(stored.length).toBeGreaterThan(5);
      await expect(append(store, 'refused')).rejects.toMatchObject({ code: 'STORE_FULL' });
      expect((await store.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual(stored);
      rmSync(filler);
      await append(store, 'fits');
      expect(observer.changes).toEqual([true, false]);
      await store.close();

      const again = await SqliteStore.open({ path });
      expect((await again.readLog({ after: 0 })).entries.map(({ id }) => id)).toEqual([...stored, 'fits']);
      await again.close();
    });
  }

  (hasStrace ? it : it.skip)(
    'for a while, from any write on, refuses meanwhile, goes on by itself, and holds all that was acknowledged and nothing by halves (strace)',
    async () => {
      const problems: string[] = [];
      let fullRuns = 0;
      for (let when = 30; when < 80; when += 4) {
        const path = join(directory, String(when), 'store.db');
        const inject = { calls: 'pwrite64', what: `error=ENOSPC:when=${when}..${when + 4}` };
        const { lines, exitCode } = await runVictim({ path, mode: 'write', turns: 12, inject });
        problems.push(...(await lossesIn(path, lines)).map((loss) => `write ${when}: ${loss}`));
        if (exitCode !== 0) problems.push(`write ${when}: exit code ${exitCode}`);
        const fullAt = lines.indexOf('full');
        if (fullAt < 0) continue;
        fullRuns++;
        if (!lines.slice(fullAt).some((line) => line.startsWith('ok '))) problems.push(`write ${when}: nothing was stored afterwards`);
        if (!lines.includes('fail STORE_FULL')) problems.push(`write ${when}: nobody was told`);
      }

      expect(problems).toEqual([]);
      expect(fullRuns).toBeGreaterThan(5);
    },
    300_000,
  );
});
