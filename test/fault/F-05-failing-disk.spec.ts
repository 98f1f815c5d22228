import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasStrace, lossesIn, runVictim } from '../support/store-victim.js';
import { itWhere } from '../support/it-where.js';

const SYNC = 'fdatasync,fsync';

describe('F-05 a store whose disk fails', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'panotti-f05-'))));
  afterEach(() => rm(directory, { recursive: true }));

  itWhere(hasStrace)(
    'at any synchronisation takes nothing more, never synchronises again, ends with 74, and has lost nothing that was acknowledged (strace)',
    async () => {
      const problems: string[] = [];
      let points = 0;
      for (let when = 1; ; when++) {
        const path = join(directory, String(when), 'store.db');
        const { lines, exitCode, calls } = await runVictim({
          path,
          mode: 'write',
          turns: 2,
          inject: { calls: SYNC, what: `error=EIO:when=${when}` },
        });
        const failedAt = calls.findIndex((call) => call.includes('(INJECTED)'));
        problems.push(...(await lossesIn(path, lines)).map((loss) => `sync ${when}: ${loss}`));
        if (failedAt < 0) break;
        points++;
        if (exitCode !== 74) problems.push(`sync ${when}: exit code ${exitCode}`);
        // The first is part of making the file, where SQLite undoes what it began; there is nothing yet that could be lost.
        if (when > 1) problems.push(...calls.slice(failedAt + 1).map((call) => `sync ${when}: again ${call}`));
        const failed = lines.indexOf('failed');
        if (failed >= 0) problems.push(...lines.slice(failed + 1).map((line) => `sync ${when}: ${line} afterwards`));
      }

      expect(problems).toEqual([]);
      expect(points).toBeGreaterThan(8);
    },
    900_000,
  );
});
