import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pathOf = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const jest = pathOf('node_modules/jest/bin/jest.js');
const reporter = pathOf('test/support/closing-line.reporter.js');

interface Run {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

describe('the closing line of a test run', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'panotti-reporter-'))));
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs Jest in a process of its own on the given test files. */
  async function run(files: Record<string, string>, environment: Record<string, string> = {}): Promise<Run> {
    const configuration = { testEnvironment: 'node', transform: {}, reporters: ['default', reporter] };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'temporary', jest: configuration }));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return new Promise((resolve) => {
      const { PANOTTI_TEST_REQUIRE_ALL: _ours, ...inherited } = process.env;
      const options = { cwd: folder, env: { ...inherited, ...environment, CI: 'true' } };
      execFile(process.execPath, [jest, '--runInBand'], options, (error, stdout) => {
        resolve({ exitCode: typeof error?.code === 'number' ? error.code : 0, lines: stdout.trimEnd().split('\n') });
      });
    });
  }

  it('counts what passed', async () => {
    const { exitCode, lines } = await run({ 'a.test.js': "test('a', () => {}); test('b', () => {});" });

    expect({ exitCode, last: lines.at(-1) }).toEqual({ exitCode: 0, last: '2 passed, 0 failed, 0 skipped' });
  });

  it('counts failed tests, and each suite that cannot run as one', async () => {
    const { exitCode, lines } = await run({
      'a.test.js': "test('a', () => {}); test('b', () => { throw new Error('b'); });",
      'b.test.js': 'this is no program',
      'c.test.js': '',
    });

    expect({ exitCode, last: lines.at(-1) }).toEqual({ exitCode: 1, last: '1 passed, 3 failed, 0 skipped' });
  });

  const skips = {
    'a.test.js': "test('a', () => {}); describe('x', () => { test.skip('b', () => {}); }); test.todo('c');",
  };

  it('names what was skipped', async () => {
    const { exitCode, lines } = await run(skips);

    expect({ exitCode, lines: lines.slice(-3) }).toEqual({
      exitCode: 0,
      lines: ['skipped: a.test.js: x b', 'skipped: a.test.js: c', '1 passed, 0 failed, 2 skipped'],
    });
  });

  it('fails the run for a skipped test where all are required', async () => {
    const { exitCode, lines } = await run(skips, { PANOTTI_TEST_REQUIRE_ALL: '1' });

    expect(exitCode).not.toBe(0);
    expect(lines.slice(-2)).toEqual(['skipped, but required: a.test.js: c', '1 passed, 2 failed, 2 skipped']);
  });

  it('does not fail the run for what the machine forbids, and names it with the reason', async () => {
    const forbidden = {
      'a.test.js': "test('a', () => {}); test.skip('b [this machine forbids it: unshare failed]', () => {});",
    };
    const { exitCode, lines } = await run(forbidden, { PANOTTI_TEST_REQUIRE_ALL: '1' });

    expect({ exitCode, lines: lines.slice(-2) }).toEqual({
      exitCode: 0,
      lines: ['skipped: a.test.js: b [this machine forbids it: unshare failed]', '1 passed, 0 failed, 1 skipped'],
    });
  });
});
