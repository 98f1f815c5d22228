import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeRunRecord } from '../../support/run-record.js';

describe('The record of a long run', () => {
  it('has seed, commit, counts and history, and a name that two runs do not share', () => {
    const folder = mkdtempSync(join(tmpdir(), 'panotti-records-'));
    try {
      const run = { name: 'kills', counts: { kills: 1_000, lost: 0 }, history: ['kill 1'] };
      const [first, second] = [
        writeRunRecord({ ...run, seed: 1 }, folder),
        writeRunRecord({ ...run, seed: 2 }, folder),
      ];

      expect(basename(first)).toMatch(/^kills\.([0-9a-f]{11}\+?|unknown)\.1\.json$/);
      expect(second).not.toBe(first);
      const commit = expect.stringMatching(/^([0-9a-f]{11}\+?|unknown)$/) as unknown;
      expect(JSON.parse(readFileSync(first, 'utf8'))).toMatchObject({
        ...run,
        seed: 1,
        commit,
        node: process.versions.node,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
