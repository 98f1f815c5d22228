import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const RESTARTS = process.env['PANOTTI_TEST_FULL'] === '1' ? 10_000 : 1_000;
const CASE = join(import.meta.dirname, '../../bench/restart/case.ts');

interface Report {
  readonly grownBytes: number;
  readonly answers: number;
  readonly keptBefore: object;
  readonly keptAfter: object;
}

describe('F-22 a plugin that is restarted again and again', () => {
  it(`F-22 leaves no handle, listener, module or metric behind, and the heap within 5 MB, after ${RESTARTS} restarts under HTTP traffic`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', CASE, String(RESTARTS)]);
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Report;

    expect(report.keptAfter).toEqual(report.keptBefore);
    expect(report.grownBytes).toBeLessThanOrEqual(5_000_000);
    expect(report.answers).toBeGreaterThan(20);
  }, 120_000);
});
