import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasStrace, lossesIn, runVictim } from '../support/store-victim.js';
import { itWhere } from '../support/it-where.js';

const CALLS = 'openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink';
const TURNS = process.env['PANOTTI_TEST_FULL'] === '1' ? 12 : 2;

describe('F-02 a store whose process is killed', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'panotti-f02-'))));
  afterEach(() => rm(directory, { recursive: true }));

  itWhere(hasStrace)(
    'at any system call on its files holds everything that was acknowledged, and nothing by halves (strace)',
    async () => {
      const losses: string[] = [];
      let points = 0;
      for (let when = 1; ; when++) {
        const path = join(directory, String(when), 'store.db');
        const { lines, exitCode } = await runVictim({
          path,
          mode: 'write',
          turns: TURNS,
          inject: { calls: CALLS, what: `signal=SIGKILL:when=${when}` },
        });
        losses.push(...(await lossesIn(path, lines)).map((loss) => `call ${when}: ${loss}`));
        if (exitCode === 0) break;
        points++;
      }

      expect(losses).toEqual([]);
      expect(points).toBeGreaterThan(30);
    },
    900_000,
  );
});
