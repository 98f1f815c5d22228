/** Logs once, at the start, what works in the configuration but should be written in another way. */
import { Logger } from '@nestjs/common';
import { describeProblems, sortedProblems, type ConfigurationProblem } from '../../config/index.js';

export class ConfigurationWarnings {
  /** Each once, sorted by place. */
  readonly warnings: readonly ConfigurationProblem[];

  constructor(warnings: Iterable<ConfigurationProblem>) {
    this.warnings = Object.freeze(sortedProblems(warnings));
  }

  /** Logs one record with a line for each warning; does nothing if there is no warning. */
  log(): void {
    const { length } = this.warnings;
    if (length === 0) return;
    new Logger('Configuration').warn(
      `The configuration has ${length === 1 ? '1 warning' : `${length} warnings`}:\n${describeProblems(this.warnings)}`,
    );
  }
}
