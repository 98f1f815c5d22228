/**
 * A Jest reporter that ends the output with `N passed, N failed, N skipped` alone on a line, for machines that count tests, and names what was skipped.
 * With `PANOTTI_TEST_REQUIRE_ALL=1` a skipped test fails the run: where everything is installed, nothing may be left out. What a sandbox forbids
 * cannot be installed, and is named without being a failure (`itWhereAllowed`).
 */
import { relative } from 'node:path';

/**
 * @typedef {import('@jest/reporters').AggregatedResult} AggregatedResult
 * @typedef {{ write(text: string): unknown }} Output
 */

const FORBIDDEN = / \[this machine forbids it: .*\]$/s;

export default class ClosingLineReporter {
  #rootDirectory;
  #output;
  #requiresAll;
  /** @type {Error | undefined} */
  #error;

  /**
   * @param {{ rootDir: string }} globalConfig
   * @param {{ output?: Output, requiresAll?: boolean }} [options] for the reporter's own test
   */
  constructor(globalConfig, options = {}) {
    this.#rootDirectory = globalConfig.rootDir;
    this.#output = options.output ?? process.stdout;
    this.#requiresAll = options.requiresAll ?? process.env['PANOTTI_TEST_REQUIRE_ALL'] === '1';
  }

  /**
   * @param {unknown} _contexts
   * @param {AggregatedResult} results
   */
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap(({ testFilePath, testResults }) => {
      const left = testResults.filter(({ status }) => status !== 'passed' && status !== 'failed');
      return left.map(({ fullName }) => `${relative(this.#rootDirectory, testFilePath)}: ${fullName}`);
    });
    const required = this.#requiresAll ? skipped.filter((name) => !FORBIDDEN.test(name)) : [];
    if (required.length > 0)
      this.#error = new Error(`${required.length} test(s) were skipped, and PANOTTI_TEST_REQUIRE_ALL is set.`);
    // A suite that could not run has no tests to count, and must not pass for one that has none.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + required.length;
    const lines = [
      ...skipped.map((name) => `${required.includes(name) ? 'skipped, but required' : 'skipped'}: ${name}`),
      `${results.numPassedTests} passed, ${failed} failed, ${skipped.length} skipped`,
    ];
    this.#output.write(`\n${lines.join('\n')}\n`);
  }

  /** Jest ends with an exit code other than 0 when a reporter has an error. */
  getLastError() {
    return this.#error;
  }
}
