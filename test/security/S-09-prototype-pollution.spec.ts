/** Runs suites that handle foreign keys once more in a process in which `__proto__` does not exist at all. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * They run the tests beside them, which run here as well, a second time over a store whose reads come late. That changes when code runs, and not
 * which code handles a key from outside.
 */
const AGAIN = ['--testPathIgnorePatterns', 'delayed-reads'];

/** In the full run all unit tests; otherwise the rooms whose keys come from outside. */
const SUITES = process.env['PANOTTI_TEST_FULL'] ? ['test/unit'] : ['test/unit/config', 'test/unit/events'];

function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  const flags = ['--disable-proto=delete', '--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, 'node_modules/jest/bin/jest.js', '--maxWorkers=1', ...args, ...AGAIN],
      { cwd: root, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

describe('without Object.prototype.__proto__', () => {
  it('the tests of configuration and events pass, and no built-in prototype is changed', async () => {
    const { code, output } = await run(SUITES);
    const failed = output
      .split('\n')
      .filter((line) => /●|^FAIL/.test(line))
      .join('\n');

    expect(failed).toBe('');
    expect(output).toMatch(/^[1-9]\d{2,} passed, 0 failed, 0 skipped$/m);
    expect(code).toBe(0);
  });
});
