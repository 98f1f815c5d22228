/** Tells the log, once at the start, what works in the configuration and should be written otherwise. */
import { Logger } from '@nestjs/common';
import { describeProblems, sortedProblems, type ConfigurationProblem } from '../../config/index.js';

export class ConfigurationWarnings {
  /** Each once, sorted by place. */
  readonly warnings: readonly ConfigurationProblem[];

  constructor(warnings: Iterable<ConfigurationProblem>) {
    this.warnings = Object.freeze(sortedProblems(warnings));
  }

  /** One record with a line for each warning; none where there is none. */
  log(): void {
    const { length } = this.warnings;
    if (length === 0) return;
    new Logger('Configuration').warn(
      `The configuration has ${length === 1 ? '1 warning' : `${length} warnings`}:\n${describeProblems(this.warnings)}`,
    );
  }
}
